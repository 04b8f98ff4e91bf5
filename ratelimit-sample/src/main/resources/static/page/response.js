// One real request of this browser, and what a client is told.

import * as controls from './controls.js';
import {isLate} from './server.js';

const SHOWN = ['RateLimit-Policy', 'RateLimit', 'Retry-After', 'Content-Type'];
const element = id => document.getElementById(id);
const PATIENCE = 20_000; // a call waits for its turn, ten seconds by the controls
let underWay = false;

export async function clientCall() {
    if (underWay) {
        return;
    }
    underWay = true;
    const url = `demo/call?limit=${encodeURIComponent(controls.limit())}${controls.perUser() ? '&user=ann' : ''}`;
    const begin = performance.now();
    const patience = setTimeout(() => show('pending', `GET /${url}: waits for its turn…`), 300);
    try {
        const response = await fetch(url, {signal: AbortSignal.timeout(PATIENCE)});
        const body = await response.text();
        clearTimeout(patience);
        show(response.ok ? 'ok' : 'denied',
            `${response.status} ${meaning(response)}, after ${Math.round(performance.now() - begin)} ms`,
            SHOWN.filter(name => response.headers.has(name)).map(name => [name, response.headers.get(name)]),
            body);
    } catch (gone) {
        clearTimeout(patience);
        show('denied', isLate(gone)
            ? `No response in ${PATIENCE / 1000} s: given up.`
            : 'No response: the server does not answer.');
    } finally {
        underWay = false;
    }
}

function meaning(response) {
    return response.ok ? 'OK' : response.status === 429 ? 'Too Many Requests' : response.statusText;
}

function show(state, status, headers = [], body = '') {
    element('response-status').dataset.state = state;
    element('response-status').textContent = status;
    element('response-headers').replaceChildren(...headers.flatMap(([name, value]) => {
        const term = document.createElement('dt');
        const detail = document.createElement('dd');
        term.textContent = name;
        detail.textContent = value;
        return [term, detail];
    }));
    element('response-body').hidden = body === '';
    element('response-body').textContent = pretty(body);
}

function pretty(body) {
    try {
        return JSON.stringify(JSON.parse(body), null, 2);
    } catch (text) {
        return body;
    }
}
