package com.acme.legacy;

/** The code that nobody can annotate, of which docs/annotation.md has a pointcut. */
final class Client {

    private Client() {}
}
