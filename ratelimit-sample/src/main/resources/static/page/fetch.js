// The original example: many URLs begun at once and let through at five a second.

import * as charts from './charts.js';
import {isLate, post} from './server.js';
import {say} from './text.js';

const element = id => document.getElementById(id);
const PATIENCE = 75_000; // a URL waits for up to a minute, and its server ten seconds
const status = element('fetch-status');
const draw = charts.timeline('timeline');

element('paths').value = Array.from({length: 20}, (_, i) => `/item/${i + 1}`).join('\n');
element('fetch-form').addEventListener('submit', async event => {
    event.preventDefault();
    element('fetch').disabled = true;
    say(status, 'Waiting for the first…');
    status.setAttribute('aria-busy', 'true'); // so that only the end of it is read aloud
    const fetched = [];
    try {
        const response = await post('demo/fetch', {paths: element('paths').value}, PATIENCE);
        await read(response, fetched);
        say(status, summary(fetched));
    } catch (failed) {
        say(status, isLate(failed)
            ? `Given up after ${PATIENCE / 1000} s, with ${fetched.length} done.`
            : failed.message);
    } finally {
        status.removeAttribute('aria-busy');
        element('fetch').disabled = false;
    }
});

/** Each event as it comes. */
async function read(response, fetched) {
    const paths = element('paths').value.split('\n')
        .map(line => line.trim().split('#')[0]) // a comment, or a part of a URL that no server is sent
        .filter(line => line);
    const begin = performance.now();
    const ticking = setInterval(() => show(fetched, paths, (performance.now() - begin) / 1000), 100);
    try {
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = '';
        for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
            const events = (rest + chunk.value).split('\n\n');
            rest = events.pop();
            for (const event of events) {
                fetched.push(JSON.parse(event.slice('data:'.length)));
            }
            say(status, `${fetched.length} of ${paths.length}`);
        }
    } finally {
        clearInterval(ticking);
        show(fetched, paths, null);
    }
}

/** Those that have been let through in their order, then those that wait since the beginning until now. */
function show(fetched, paths, now) {
    const done = [...fetched].sort((a, b) => a.startedAtNanos - b.startedAtNanos);
    const rest = [...paths];
    for (const each of done) {
        const at = rest.indexOf(each.path);
        if (at >= 0) {
            rest.splice(at, 1);
        }
    }
    const rows = [
        ...done.map(each => {
            const start = each.startedAtNanos / 1e9;
            return {path: each.path, wait: [0, start], request: [start, each.endedAtNanos / 1e9], failed: each.status !== 200};
        }),
        ...(now === null ? [] : rest.map(path => ({path, wait: [0, now], request: null, failed: false}))),
    ];
    element('timeline-plot').style.height = `${rows.length * 20 + 60}px`;
    draw(rows);
    element('timeline').setAttribute('aria-label', `Timeline: ${done.length} of ${paths.length} requests done`);
    element('timeline-table').tBodies[0].replaceChildren(...done.map(each => {
        const row = document.createElement('tr');
        const took = (each.endedAtNanos - each.startedAtNanos) / 1e6;
        for (const text of [each.path, each.status ?? 'no answer', `${(each.startedAtNanos / 1e9).toFixed(3)} s`, `${took.toFixed(0)} ms`]) {
            const cell = document.createElement('td');
            cell.textContent = text;
            row.append(cell);
        }
        return row;
    }));
}

function summary(fetched) {
    const failed = fetched.filter(each => each.status !== 200).length;
    const starts = fetched.filter(each => each.status !== null).map(each => each.startedAtNanos);
    const last = (Math.max(...starts) - Math.min(...starts)) / 1e9;
    const rate = last > 0 ? `, ${((starts.length - 1) / last).toFixed(2)} a second` : '';
    return `${fetched.length} requests, ${failed} failed${rate}`;
}
