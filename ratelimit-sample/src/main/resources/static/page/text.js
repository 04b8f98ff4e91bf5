// Texts, of which screen readers read aloud those that are set in a live region, the same again too.

/** Sets a text if it is another one. */
export function say(element, text) {
    if (element.textContent !== String(text)) {
        element.textContent = text;
    }
}
