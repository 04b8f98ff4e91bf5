package io.github.ratelimited.sample.nodes;

import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** The other nodes that the page shows: those of {@code sample.peers}, and those that {@link Nodes} has started. */
@Component
class Peers {

    private final List<URI> others = new CopyOnWriteArrayList<>();

    Peers(@Value("${sample.peers:}") List<URI> configured) {
        configured.forEach(this::add);
    }

    final void add(URI peer) {
        if (!"http".equals(peer.getScheme()) || peer.getHost() == null) {
            throw new IllegalArgumentException("sample.peers: '" + peer
                    + "' is not the address of a node; write for example http://localhost:8081");
        }
        if (others.size() >= Nodes.MOST - 1) {
            throw new IllegalArgumentException("sample.peers: '" + peer + "' is one too many; the page shows "
                    + Nodes.MOST + " nodes, this one too");
        }
        others.add(peer);
    }

    /** In the order of their numbers, of which the first is that of the second node. */
    List<URI> others() {
        return List.copyOf(others);
    }
}
