<?php
/** Reads a page from its input and prints the fields that a browser would send with one of its forms, as JSON pairs. */

$page = new DOMDocument();
libxml_use_internal_errors( true );
$page->loadHTML( '<?xml encoding="utf-8"?>' . stream_get_contents( STDIN ) );
$path = new DOMXPath( $page );
$form = $path->query( $argv[1] )->item( 0 );
if ( null === $form ) {
	fwrite( STDERR, "the page has no form {$argv[1]}" );
	exit( 1 );
}
$pairs = array();
foreach ( $path->query( './/input[@name] | .//select[@name] | .//textarea[@name]', $form ) as $field ) {
	$type = strtolower( $field->getAttribute( 'type' ) );
	if ( $field->hasAttribute( 'disabled' ) || in_array( $type, array( 'submit', 'button', 'file', 'reset', 'image' ), true ) ) {
		continue;
	}
	if ( in_array( $type, array( 'checkbox', 'radio' ), true ) && ! $field->hasAttribute( 'checked' ) ) {
		continue;
	}
	$name = $field->getAttribute( 'name' );
	if ( 'select' === $field->nodeName ) {
		$chosen = $path->query( './/option[@selected]', $field );
		if ( 0 === $chosen->length && ! $field->hasAttribute( 'multiple' ) ) {
			$chosen = $path->query( '(.//option)[1]', $field );
		}
		foreach ( $chosen as $option ) {
			$pairs[] = array( $name, $option->hasAttribute( 'value' ) ? $option->getAttribute( 'value' ) : $option->textContent );
		}
		continue;
	}
	$value   = $field->hasAttribute( 'value' ) || ! in_array( $type, array( 'checkbox', 'radio' ), true ) ? $field->getAttribute( 'value' ) : 'on';
	$pairs[] = array( $name, 'textarea' === $field->nodeName ? $field->textContent : $value );
}
echo json_encode( array( 'action' => $form->getAttribute( 'action' ), 'method' => $form->getAttribute( 'method' ), 'pairs' => $pairs ) );
