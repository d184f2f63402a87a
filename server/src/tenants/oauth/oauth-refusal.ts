/** A refusal in the form of OAuth (RFC 6749, section 5.2): `{"error","error_description"}`. The description is English, as the RFC asks. */
export class OAuthRefusal extends Error {
  override name = 'OAuthRefusal'
  readonly error: string
  readonly status: number

  constructor(error: string, description: string, status = 400) {
    super(description)
    this.error = error
    this.status = status
  }
}
