// The controls: they show what holds on the server, whoever changed it, and change it.

import {post} from './server.js';
import {say} from './text.js';

export const PERIODS = [['500ms', 500], ['1s', 1000], ['2s', 2000], ['5s', 5000], ['10s', 10000], ['30s', 30000], ['1m', 60000]];

const UNTIL_SENT = 120;
const HANDS_OFF = 1500; // what somebody is moving is not moved under his hand

const form = document.getElementById('controls');
const element = id => document.getElementById(id);
let nodes = [];
let touchedAt = 0;
let numbers = {permits: 5, perMillis: 1000, burst: 5, maxWaitMillis: 0}; // by curl they may be none that a slider has
let tell = () => {};

/** Begins to listen; onTrouble gets the text of what went wrong, or null. */
export function start(allNodes, onTrouble) {
    nodes = allNodes;
    tell = onTrouble;
    for (const id of ['permits', 'per', 'rate']) {
        element(id).addEventListener('input', () => {
            touchedAt = Date.now();
            numbers = {...numbers, ...read(id)};
            texts();
            later(id, moved(id));
        });
    }
    form.addEventListener('change', event => {
        if (event.target.name === 'over') {
            touchedAt = Date.now();
            numbers = {...numbers, maxWaitMillis: over() === '0s' ? 0 : 10_000};
            sendLimit(limit(), {maxWait: over()});
        } else if (event.target.name === 'limit' || event.target.id === 'per-user') {
            flushAll(); // what was moved before belongs to the limit before
            choose();
        }
        texts();
    });
    form.addEventListener('submit', event => event.preventDefault());
    element('stop').addEventListener('click', () => {
        element('rate').value = 0;
        texts();
        sendTraffic();
    });
}

export const limit = () => form.elements.limit.value;
export const perUser = () => element('per-user').checked;
export const rate = () => Number(element('rate').value);
const over = () => form.elements.over.value;

/** So many calls at once, shared out among the nodes. */
export function burst(calls) {
    flushAll();
    return send(() => Promise.all(nodes.map((node, i) => {
        const share = Math.floor((calls + i) / nodes.length);
        return post(node.base + 'demo/burst', {calls: share});
    })));
}

const timers = new Map();
let last = Promise.resolve();

/** Not for each step of a slider. */
function later(id, action) {
    clearTimeout(timers.get(id)?.timer);
    timers.set(id, {action, timer: setTimeout(() => flush(id), UNTIL_SENT)});
}

const flushAll = () => [...timers.keys()].forEach(flush);

function flush(id) {
    const waiting = timers.get(id);
    timers.delete(id);
    clearTimeout(waiting.timer);
    waiting.action();
}

/** One after the other, so that what was changed holds for the burst that comes after it. */
function send(action) {
    last = last.then(action).then(() => tell(null), failed => tell(failed.message));
    return last;
}

/** What a slider says now of the limit, whose burst follows its permits as on the server. */
function read(id) {
    const value = Number(element(id).value);
    return id === 'permits' ? {permits: value, burst: numbers.burst === numbers.permits ? value : numbers.burst}
        : id === 'per' ? {perMillis: PERIODS[value][1]} : {};
}

/** What to send for a slider: its own value alone, to the limit that is chosen now, whichever is when it is sent. */
function moved(id) {
    const name = limit();
    const change = id === 'permits'
        ? {permits: Number(element('permits').value)}
        : {per: PERIODS[element('per').value][0]};
    return id === 'rate' ? sendTraffic : () => sendLimit(name, change);
}

/** A change is one node's; see docs/operating.md. */
function sendLimit(name, change) {
    const path = `actuator/ratelimits/${encodeURIComponent(name)}`;
    return send(() => Promise.all(nodes.map(node => post(node.base + path, change))));
}

/** Another limit has other numbers, which are shown as soon as the server has chosen it. */
async function choose() {
    const at = touchedAt = Date.now();
    await sendTraffic();
    if (touchedAt === at) {
        touchedAt = 0;
    }
}

function sendTraffic() {
    const wish = {limit: limit(), rate: rate() / nodes.length, perUser: perUser()};
    return send(() => Promise.all(nodes.map(node => post(node.base + 'demo/traffic', wish))));
}

/** Shows what holds, unless somebody is at the controls just now. */
export function show(state) {
    if (Date.now() - touchedAt < HANDS_OFF) {
        return;
    }
    form.elements.limit.value = state.traffic.limit;
    element('per-user').checked = state.traffic.perUser;
    element('rate').value = Math.round(state.traffic.rate * nodes.length);
    numbers = state.limit;
    element('permits').value = numbers.permits;
    const period = PERIODS.findIndex(each => each[1] >= numbers.perMillis);
    element('per').value = period < 0 ? PERIODS.length - 1 : period;
    form.elements.over.value = numbers.maxWaitMillis > 0 ? '10s' : '0s';
    texts();
}

export function text(millis) {
    const known = PERIODS.find(each => each[1] === millis);
    return known ? known[0] : millis % 1000 ? `${millis}ms` : `${millis / 1000}s`;
}

function texts() {
    const per = text(numbers.perMillis);
    say(element('permits-value'), numbers.permits);
    say(element('per-value'), per);
    element('per').setAttribute('aria-valuetext', per);
    say(element('rate-value'), element('rate').value);
    const parts = [`permits = ${numbers.permits}`, `per = "${per}"`];
    if (limit() !== 'token-bucket') {
        parts.push(`algorithm = Algorithm.${limit().toUpperCase().replace('-', '_')}`);
    } else if (numbers.burst !== numbers.permits) {
        parts.push(`burst = ${numbers.burst}`);
    }
    if (numbers.maxWaitMillis > 0) {
        parts.push(`maxWait = "${text(numbers.maxWaitMillis)}"`);
    }
    if (perUser()) {
        parts.push('key = "#user"');
    }
    say(element('annotation'), `@RateLimited(${parts.join(', ')})`);
}
