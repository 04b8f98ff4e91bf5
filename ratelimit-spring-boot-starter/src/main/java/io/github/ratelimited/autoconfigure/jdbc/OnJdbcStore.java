package io.github.ratelimited.autoconfigure.jdbc;

import io.github.ratelimited.autoconfigure.OnWantedStore;

/** Whether the application wants limits in its database. */
final class OnJdbcStore extends OnWantedStore {

    OnJdbcStore() {
        super("jdbc");
    }
}
