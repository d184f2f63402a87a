/* Buttons of the settings page, and the clock that drives the sender while the page is open. */
( () => {
	const { url, nonce, testNow, working, offline } = window.fikoSync;
	const page = document.querySelector( '.fiko-sync' );
	const bar = page.querySelector( 'progress' );
	const PAUSE_MS = { active: 300, idle: 15000, failed: 30000 };
	let timer = 0;

	async function call( task ) {
		const body = new URLSearchParams( { action: 'fiko_sync', _ajax_nonce: nonce, task } );
		const response = await fetch( url, { method: 'POST', credentials: 'same-origin', body } );
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

	function show( { backfill, isFine, ...texts } ) {
		page.querySelector( '.fiko-sync-now' ).classList.toggle( 'notice-success', isFine );
		page.querySelector( '.fiko-sync-now' ).classList.toggle( 'notice-warning', ! isFine );
		for ( const cell of page.querySelectorAll( '[data-status]' ) ) {
			cell.textContent = { ...texts, progress: backfill.text }[ cell.dataset.status ];
		}
		bar.max = Math.max( 1, backfill.total );
		bar.value = backfill.done;
		bar.parentElement.hidden = bar.parentElement.hidden && ! backfill.isActive;
		again( backfill.isActive ? PAUSE_MS.active : PAUSE_MS.idle );
	}

	function again( pauseMs ) {
		clearTimeout( timer );
		// The background goes on without this page, so a failed call is only tried again, more rarely.
		timer = setTimeout( () => call( 'drive' ).then( show, () => again( PAUSE_MS.failed ) ), pauseMs );
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
	again( 0 );
} )();
