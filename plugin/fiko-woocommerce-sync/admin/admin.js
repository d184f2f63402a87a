/* Buttons of the settings page, and the clock that drives the sender while the page is open. */
( function () {
	const { url, nonce, testNow, working, offline } = window.fikoSync;
	const page = document.querySelector( '.fiko-sync' );
	const bar = page.querySelector( 'progress' );
	const PAUSE_MS = { active: 300, idle: 15000 };
	let timer = 0;

	async function call( task ) {
		const response = await fetch( url, {
			method: 'POST',
			credentials: 'same-origin',
			body: new URLSearchParams( { action: 'fiko_sync', _ajax_nonce: nonce, task } ),
		} );
		const answer = await response.json();
		if ( ! answer.success ) {
			throw new Error( 'refused' );
		}
		return answer.data;
	}

	function say( where, text, isGood ) {
		const line = page.querySelector( `[data-message="${ where }"]` );
		if ( line ) {
			line.textContent = text;
			line.classList.toggle( 'is-good', isGood );
			line.hidden = ! text;
		}
	}

	function show( { backfill, queue, failed, contact, error } ) {
		const texts = { queue, failed, contact, error, progress: backfill.text };
		for ( const [ name, text ] of Object.entries( texts ) ) {
			page.querySelector( `[data-status="${ name }"]` ).textContent = text;
		}
		bar.max = Math.max( 1, backfill.total );
		bar.value = backfill.done;
		if ( backfill.isActive ) {
			bar.parentElement.hidden = false;
		}
		clearTimeout( timer );
		timer = setTimeout( drive, backfill.isActive ? PAUSE_MS.active : PAUSE_MS.idle );
	}

	// The background goes on without this page, so a failed call is only tried again, more rarely.
	async function drive() {
		try {
			show( await call( 'drive' ) );
		} catch {
			timer = setTimeout( drive, 2 * PAUSE_MS.idle );
		}
	}

	async function press( button ) {
		const { task } = button.dataset;
		button.disabled = true;
		say( task, working, true );
		try {
			const answer = await call( task );
			say( task, answer.message, answer.isGood );
			show( answer );
		} catch {
			say( task, offline, false );
		}
		button.disabled = false;
	}

	for ( const button of page.querySelectorAll( '[data-task]' ) ) {
		button.addEventListener( 'click', () => press( button ) );
	}
	if ( testNow ) {
		press( page.querySelector( '[data-task="test"]' ) );
	}
	drive();
}() );
