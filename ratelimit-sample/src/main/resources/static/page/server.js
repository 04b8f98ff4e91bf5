// What goes to and comes from the nodes of the sample.

const AGAIN_AFTER = 2000;
const SILENT_AFTER = 4000;
const PATIENCE = 6000; // longer than this server waits for another node

/** The nodes, this server first; tries until it answers. */
export async function nodes(onTrouble) {
    for (;;) {
        try {
            const response = await fetch('demo/nodes', {signal: AbortSignal.timeout(PATIENCE)});
            if (response.ok) {
                return await response.json();
            }
        } catch (gone) {
            // told below
        }
        onTrouble();
        await new Promise(resolve => setTimeout(resolve, AGAIN_AFTER));
    }
}

/** Hands on each state of a node, and null when it is gone; connects again by itself, for ever. */
export function watch(node, onState) {
    const events = new EventSource(node.base + 'demo/events');
    let silence;
    const again = () => {
        clearTimeout(silence);
        events.close(); // a browser gives up after an answer other than 200; this does not
        onState(null);
        setTimeout(() => watch(node, onState), AGAIN_AFTER);
    };
    const listen = () => {
        clearTimeout(silence);
        silence = setTimeout(again, SILENT_AFTER);
    };
    listen();
    events.onmessage = event => {
        listen();
        onState(JSON.parse(event.data));
    };
    events.onerror = again;
}

/** Gets JSON, or an Error. */
export async function get(url) {
    const response = await fetch(url, {signal: AbortSignal.timeout(PATIENCE)});
    return response.json();
}

/** Posts JSON; an answer other than success, or one that is not all there in time, is an Error that says why. */
export async function post(url, body, patience = PATIENCE) {
    let response;
    try {
        response = await fetch(url, {
            method: 'POST',
            headers: {'Content-Type': 'application/json'},
            body: JSON.stringify(body),
            signal: AbortSignal.timeout(patience),
        });
    } catch (gone) {
        throw new Error(isLate(gone)
            ? `The server has not answered for ${patience / 1000} s; whether something was changed is not known.`
            : 'The server does not answer; nothing was changed.');
    }
    if (!response.ok) {
        const said = await response.json().catch(() => ({}));
        throw new Error(`The server says ${response.status}: ${said.detail || said.error || response.statusText}`);
    }
    return response;
}

/** Whether it comes of AbortSignal.timeout. */
export const isLate = error => error.name === 'TimeoutError';
