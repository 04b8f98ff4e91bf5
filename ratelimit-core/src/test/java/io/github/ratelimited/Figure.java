package io.github.ratelimited;

/** A number that a test has come to, for whoever asks how much was tried: docs/reliability.md is made of them. */
public final class Figure {

    private Figure() {}

    /** Figures of one test class under one name are added up. */
    public static void add(String what, long number) {
        System.out.println("figure: " + what + " = " + number);
    }
}
