package org.ringwall.compiler.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.state.Origins;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.request.Request;

/** Where sockets wanted to go before they were redirected (docs/semantics.md section 4, `redirect`), by their cookies. */
final class Memory {
    private final Map<Long, Pairs> sockets = new HashMap<>();

    /** Of one socket: `next` is the place of the pair that makes room. */
    private record Pairs(List<Pair> pairs, int next) {}

    private record Pair(Endpoint led, Endpoint wanted) {}

    /** Remembers where an allowed request is led by these writes. */
    void add(Request request, List<Effect> writes) {
        for (Effect effect : writes) {
            if (effect instanceof Effect.Redirect redirect && request instanceof Request.AtAddress at) {
                Pair pair = new Pair(endpoint((Destination.Fixed) redirect.to()), endpoint(at));
                sockets.merge(
                        request.actor().cookie(), new Pairs(List.of(pair), 1), (before, one) -> with(before, pair));
            }
        }
    }

    private static Pairs with(Pairs before, Pair pair) {
        List<Pair> pairs = new ArrayList<>(before.pairs());
        for (int i = 0; i < pairs.size(); i++) {
            if (pairs.get(i).led().equals(pair.led())) {
                pairs.set(i, pair);
                return new Pairs(List.copyOf(pairs), before.next());
            }
        }
        if (pairs.size() < Origins.PAIRS) {
            pairs.add(pair);
        } else {
            pairs.set(before.next(), pair);
        }
        return new Pairs(List.copyOf(pairs), (before.next() + 1) % Origins.PAIRS);
    }

    /** What the application sees in place of a socket's other end, as writes; none where the end is shown as it is. */
    List<Effect> shown(Request request) {
        boolean names = switch (request.hook()) {
            case GETPEERNAME4, GETPEERNAME6, RECVMSG4, RECVMSG6 -> true;
            default -> false;
        };
        return names && request instanceof Request.AtAddress at ? shown(at) : List.of();
    }

    private List<Effect> shown(Request.AtAddress at) {
        Optional<Endpoint> wanted = Optional.ofNullable(sockets.get(at.actor().cookie())).stream()
                .flatMap(socket -> socket.pairs().stream())
                .filter(pair -> pair.led().equals(endpoint(at)))
                .map(Pair::wanted)
                .findFirst();
        return wanted.map(endpoint -> List.<Effect>of(
                        new Effect.Assign(Field.REMOTE_IP, new Effect.Operand.OfAddress(endpoint.address())),
                        new Effect.Assign(Field.REMOTE_PORT, new Effect.Operand.OfNumber(endpoint.port()))))
                .orElse(List.of());
    }

    private static Endpoint endpoint(Request.AtAddress at) {
        return new Endpoint(at.address().normalised(), at.port());
    }

    private static Endpoint endpoint(Destination.Fixed to) {
        return new Endpoint(to.address(), Math.toIntExact(((Effect.Operand.OfNumber) to.port()).value()));
    }
}
