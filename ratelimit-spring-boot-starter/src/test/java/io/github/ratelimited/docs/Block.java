package io.github.ratelimited.docs;

import java.util.List;

/** What a page shows between its lines, in some language. */
record Block(Page page, long line, String language, String text) {

    List<String> lines() {
        return text.lines().map(String::strip).toList();
    }

    @Override
    public String toString() {
        return page.name() + ":" + line;
    }
}
