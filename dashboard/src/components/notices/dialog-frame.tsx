import { Modal, type ModalProps } from '@mantine/core'

/** The library's dialog, in a file of its own: it is loaded with the first dialog. */
export default function DialogFrame(props: ModalProps) {
  return <Modal {...props} />
}
