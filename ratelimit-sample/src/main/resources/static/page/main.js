// Watches the nodes and shows how they stand.

import * as charts from './charts.js';
import * as controls from './controls.js';
import {get, nodes as findNodes, watch} from './server.js';
import {clientCall} from './response.js';
import {say} from './text.js';
import './fetch.js';

const OUTCOMES = ['allowed', 'waited', 'denied'];
const element = id => document.getElementById(id);
const drawCalls = charts.perSecond('chart', OUTCOMES.map(each => ({label: each, paint: each})));

function connection(state, text) {
    element('connection').dataset.state = state;
    say(element('connection'), text);
}

function problem(text) {
    say(element('problem'), text || '');
    element('problem').hidden = !text;
}

const gone = () => connection('gone', 'The server does not answer; trying again…');

const nodes = await findNodes(gone);
const states = new Array(nodes.length).fill(null);
const several = nodes.length > 1;
const drawNodes = several ? nodesChart() : () => {};
let store = null;

controls.start(nodes, problem);
nodes.forEach((node, i) => watch(node, state => {
    states[i] = state;
    if (i === 0 && !state) {
        store = null; // it may be started again otherwise
        gone();
    } else if (states[0]) {
        const missing = nodes.filter((each, j) => !states[j]).map(each => each.name);
        connection(missing.length ? 'gone' : 'live', missing.length ? `No answer from ${missing.join(', ')}` : 'Live');
        render();
    }
}));

element('burst').addEventListener('click', async () => {
    await controls.burst(20);
    clientCall();
});
element('once').addEventListener('click', clientCall);
setInterval(() => {
    if (states[0] && controls.rate() > 0) {
        clientCall();
    }
}, 2000);

function nodesChart() {
    element('nodes-card').hidden = false;
    nodes.forEach((node, i) => {
        const item = document.createElement('li');
        const swatch = document.createElement('span');
        swatch.className = `swatch node-${i + 1}`;
        item.append(swatch, node.name);
        element('nodes-legend').append(item);
    });
    return charts.perSecond('nodes-chart', nodes.map((node, i) => ({label: node.name, paint: `node-${i + 1}`})));
}

/** Of the minute up to now, an array for each outcome. */
function minute(state, now) {
    const numbers = OUTCOMES.map(() => new Array(60).fill(0));
    for (const second of state ? state.seconds : []) {
        const index = second.second - now + 59;
        if (index >= 0 && index < 60) {
            OUTCOMES.forEach((each, j) => { numbers[j][index] = second[each]; });
        }
    }
    return numbers;
}

const sum = (a, b) => a.map((value, i) => value + b[i]);

function render() {
    const first = states[0];
    const now = first.second;
    const each = states.map(state => minute(state, now));
    const all = each.reduce((a, b) => OUTCOMES.map((_, j) => sum(a[j], b[j])));
    const users = first.traffic.perUser ? first.permits.length || 1 : 1;
    const perSecond = first.limit.permits * 1000 / first.limit.perMillis * users;

    controls.show(first);
    drawCalls(all, perSecond);
    OUTCOMES.forEach((outcome, j) => { element(`last-${outcome}`).textContent = all[j][58]; });
    element('limit-rate').textContent = `${Number(perSecond.toFixed(2))}/s`;
    element('chart').setAttribute('aria-label', said(all, perSecond));
    element('chart-note').textContent = note(first, users);
    table(element('chart-table'), Array.from({length: 10}, (_, i) =>
        [new Date((now - i) * 1000).toLocaleTimeString(), ...OUTCOMES.map((_, j) => all[j][59 - i])]));
    announce(all);
    permits(first);
    line();
    if (several) {
        drawNodes(each.map(numbers => sum(numbers[0], numbers[1])), perSecond);
        table(element('nodes-table'), [
            ...nodes.map((node, i) => states[i]
                ? [node.name, ...OUTCOMES.map((_, j) => each[i][j][58])]
                : [`${node.name}: gone`, '–', '–', '–']),
            ['together', ...OUTCOMES.map((_, j) => all[j][58])],
        ]);
    }
    showStore(first.limit.name);
}

function said(all, perSecond) {
    const numbers = OUTCOMES.map((outcome, j) => `${all[j][58]} ${outcome}`).join(', ');
    return `Calls a second: ${numbers} in the last full second, the limit is ${Number(perSecond.toFixed(2))} a second`;
}

function note(state, users) {
    const {permits, perMillis, algorithm} = state.limit;
    const of = `${permits} per ${controls.text(perMillis)}${users > 1 ? ` for each of ${users} users` : ''}`;
    return algorithm === 'TOKEN_BUCKET'
        ? `${of}, refilled evenly. After an idle time a full bucket lets ${state.limit.burst * users} through at once, above the line.`
        : algorithm === 'SLIDING_WINDOW'
            ? `${of}: never more, in any window of that length, wherever it begins.`
            : `${of}: as many in each window, which begins at a full ${controls.text(perMillis)} of the clock.`;
}

function table(target, rows) {
    target.tBodies[0].replaceChildren(...rows.map(cells => {
        const row = document.createElement('tr');
        cells.forEach((text, i) => {
            const cell = document.createElement(i === 0 ? 'th' : 'td');
            if (i === 0) {
                cell.scope = 'row';
            }
            cell.textContent = text;
            row.append(cell);
        });
        return row;
    }));
}

let announcedAt = 0;

/** Not more often than one can listen, and only while something happens. */
function announce(all) {
    if (Date.now() - announcedAt > 5000) {
        const numbers = OUTCOMES.map((outcome, j) => [outcome, all[j].slice(54, 59).reduce((a, b) => a + b)]);
        if (numbers.some(each => each[1] > 0)) {
            announcedAt = Date.now();
            say(element('announce'), 'In the last five seconds: '
                + numbers.map(([outcome, count]) => `${count} ${outcome}`).join(', '));
        }
    }
}

function permits(state) {
    const most = state.limit.algorithm === 'TOKEN_BUCKET' ? state.limit.burst : state.limit.permits;
    element('remaining').replaceChildren(state.problem ?? '', ...state.permits.map(each => {
        const meter = document.createElement('div');
        meter.className = 'meter';
        meter.setAttribute('role', 'meter');
        meter.setAttribute('aria-label', each.user ? `Permits of ${each.user}` : 'Permits');
        meter.setAttribute('aria-valuemin', 0);
        meter.setAttribute('aria-valuemax', most);
        meter.setAttribute('aria-valuenow', each.remaining);
        const fill = document.createElement('span');
        fill.style.width = `${Math.min(100, 100 * each.remaining / most)}%`;
        meter.append(fill);
        const text = document.createElement('p');
        text.className = 'meter-text';
        const number = document.createElement('b');
        number.textContent = each.remaining;
        text.append(each.user ? `${each.user} ` : '', number, ` of ${most}`);
        if (each.retryAfterMillis > 0) {
            text.append(`, next in ${seconds(each.retryAfterMillis)}`);
        }
        const group = document.createElement('div');
        group.append(text, meter);
        return group;
    }));
}

const seconds = millis => `${(millis / 1000).toFixed(1)} s`;

/** Of all nodes, by their turns. */
function line() {
    const places = states.flatMap((state, i) => (state ? state.line : []).map(place => ({...place, node: nodes[i].name})));
    const total = states.reduce((count, state) => count + (state ? state.waiting : 0), 0);
    places.sort((a, b) => (a.turnInMillis ?? Infinity) - (b.turnInMillis ?? Infinity) || a.number - b.number);
    const shown = places.slice(0, 12);
    element('waiting').textContent = total;
    element('line').replaceChildren(...shown.map(place => {
        const item = document.createElement('li');
        const who = document.createElement('span');
        who.textContent = `${place.user ?? 'call'} #${place.number}${several ? `, ${place.node}` : ''}`;
        const turn = document.createElement('b');
        turn.textContent = place.turnInMillis === null ? 'new turn' : seconds(place.turnInMillis);
        item.append(who, turn);
        return item;
    }));
    element('line-note').textContent = total > shown.length ? `and ${total - shown.length} behind them`
        : total ? '' : states[0].limit.maxWaitMillis > 0 ? 'Nobody waits.' : 'Calls over the limit are rejected, so nobody waits.';
}

async function showStore(limit) {
    if (store === null && several) {
        store = 'asked';
        try {
            store = (await get(`actuator/ratelimits/${encodeURIComponent(limit)}`)).store;
        } catch (noAnswer) {
            store = null;
            return;
        }
        element('nodes-note').textContent = store === 'memory'
            ? 'Each node counts in its own memory, so together they let through more than the limit. With --spring.profiles.active=redis or postgres they keep it together.'
            : `All nodes count in the same ${store === 'jdbc' ? 'database' : 'Redis'}: together they keep the one limit.`;
    }
}
