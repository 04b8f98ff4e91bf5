package io.github.ratelimited.sample.server;

import java.util.List;

/** A server that the sample has started for itself, and that ends with it. */
public interface OwnServer {

    /** The arguments by which another node finds it. */
    List<String> arguments();
}
