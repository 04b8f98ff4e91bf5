// What goes to and comes from the nodes of the sample.

const AGAIN_AFTER = 2000;
const SILENT_AFTER = 4000;

/** The nodes, this server first; tries until it answers. */
export async function nodes(onTrouble) {
    for (;;) {
        try {
            const response = await fetch('demo/nodes');
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

/** Posts JSON; an answer other than success is an Error that says why. */
export async function post(url, body) {
    let response;
    try {
        response = await fetch(url, {
            method: 'POST',
            headers: {'Content-Type': 'application/json'},
            body: JSON.stringify(body),
        });
    } catch (gone) {
        throw new Error('The server does not answer; nothing was changed.');
    }
    if (!response.ok) {
        const said = await response.json().catch(() => ({}));
        throw new Error(`The server says ${response.status}: ${said.detail || said.error || response.statusText}`);
    }
    return response;
}
