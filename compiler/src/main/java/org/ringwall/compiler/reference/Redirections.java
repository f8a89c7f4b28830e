// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.kernel.SocketLevel;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.policy.Table;

/** Section 4, `redirect`, and section 12, tables: the destinations of redirected requests. */
public final class Redirections {
    /** Knuth's multiplicative hash, in 32 bits. */
    private static final long FACTOR = 2654435761L;

    /** The sizes of `struct sockaddr_in` and `struct sockaddr_in6`. */
    private static final int IN = 16;

    private static final int IN6 = 28;

    /** The mask of a TCP sequence number. */
    private static final long NUMBERS = 0xffff_ffffL;

    private final Policy policy;
    private final EvaluationContext context;

    Redirections(Policy policy, EvaluationContext context) {
        this.policy = policy;
        this.context = context;
    }

    /** Stores the original destination of a redirected request with its socket. */
    void remember(Request request, List<Effect> writes) {
        for (Effect effect : writes) {
            if (effect instanceof Effect.Redirect redirect) {
                Endpoint end = destination(redirect.to(), context, request);
                context.origins().remember(request.actor().cookie(), end, wanted(request));
            }
        }
    }

    /**
     * Returns the writes that show the original destination, if the request names an end to which
     * the socket was redirected; else none.
     */
    List<Effect> recalled(Request request) {
        boolean names = switch (request.hook()) {
            case RECVMSG4, RECVMSG6, GETPEERNAME4, GETPEERNAME6 -> redirects();
            default -> false;
        };
        if (!names) {
            return List.of();
        }
        return context.origins()
                .original(request.actor().cookie(), end(request))
                .map(original -> List.<Effect>of(
                        new Effect.Assign(Field.REMOTE_IP, new Effect.Operand.OfAddress(original.address())),
                        new Effect.Assign(Field.REMOTE_PORT, new Effect.Operand.OfNumber(original.port()))))
                .orElse(List.of());
    }

    /**
     * `answer SO_ORIGINAL_DST`: passes the original destination from the client's socket to the
     * accepted one at this event.
     */
    void handOver(Request request) {
        if (!policy.answersOriginal() || !(request instanceof Request.TcpEvent event) || !event.isFull()) {
            return;
        }
        context.origins().netns(event.owner()).ifPresent(netns -> handOver(event, netns));
    }

    private void handOver(Request.TcpEvent event, long netns) {
        Endpoint remote = end(event.remote());
        Endpoint local = end(event.local());
        long cookie = event.actor().cookie();
        if (event.event() == SockOpsEvent.ACTIVE_ESTABLISHED || event.event() == SockOpsEvent.TCP_CLOSED) {
            long first = event.number("snd_una") - event.number(Request.TcpEvent.ACKED) & NUMBERS;
            Origins.Connection connection = new Origins.Connection(local, remote, netns, first);
            context.origins().original(cookie, remote).ifPresent(wanted -> {
                if (event.event() == SockOpsEvent.TCP_CLOSED) {
                    context.origins().withdraw(connection);
                } else {
                    context.origins().leave(connection, wanted);
                }
            });
        } else if (event.event() == SockOpsEvent.PASSIVE_ESTABLISHED) {
            long first = event.number("rcv_nxt") - 1 & NUMBERS;
            context.origins().take(new Origins.Connection(remote, local, netns, first), cookie);
        }
    }

    /** Deletes the socket's redirect to an end to which the request connects directly. */
    void dropOriginal(Request request) {
        if ((request.hook() == Hook.CONNECT4 || request.hook() == Hook.CONNECT6) && redirects()) {
            context.origins().drop(request.actor().cookie(), end(request));
        }
    }

    private static Endpoint end(Request.TcpEvent.End end) {
        return new Endpoint(end.address().normalised(), end.port());
    }

    /**
     * `answer SO_ORIGINAL_DST`: returns the answer, if the option is read, the destination known,
     * and the buffer large enough.
     */
    List<Effect> answered(Request request) {
        if (!policy.answersOriginal()
                || !(request instanceof Request.UseOption use)
                || use.hook() != Hook.GETSOCKOPT
                || !SocketOption.SO_ORIGINAL_DST
                        .places()
                        .contains(new SocketOption.Place(use.level(), use.optname()))) {
            return List.of();
        }
        boolean ip = use.level() == SocketLevel.IP.number();
        return context.origins()
                .arrived(use.actor().cookie())
                .filter(original ->
                        use.value().size() >= (ip && original.address().isV4() ? IN : IN6))
                .map(original -> List.<Effect>of(new Effect.Answer(original)))
                .orElse(List.of());
    }

    private boolean redirects() {
        return policy.blocks().stream()
                .flatMap(block -> block.rules().stream())
                .flatMap(rule -> rule.effects().stream())
                .anyMatch(Effect.Redirect.class::isInstance);
    }

    /**
     * Returns the original destination: "any" as the address that it is judged as, the first of
     * two.
     */
    private static Endpoint wanted(Request request) {
        FieldValue address =
                FieldResolver.of(request).get(0).value(Field.REMOTE_IP).orElseThrow();
        return new Endpoint(((FieldValue.Ip) address).address(), ((Request.AtAddress) request).port());
    }

    private static Endpoint end(Request request) {
        Request.AtAddress at = (Request.AtAddress) request;
        return new Endpoint(at.address().normalised(), at.port());
    }

    /** Whether the hook can carry the destination, and there is one. */
    static boolean leads(Destination to, Hook hook, EvaluationContext context, Subject subject) {
        boolean carried = switch (hook) {
            case CONNECT4, SENDMSG4 -> to.isV4();
            case CONNECT6 -> true;
            case SENDMSG6 -> !to.isV4();
            default -> throw new IllegalStateException("nothing is redirected at " + hook);
        };
        return carried
                && (!(to instanceof Destination.Looked looked)
                        || looked.table().otherwise().isPresent()
                        || entry(
                                        looked.table(),
                                        context.content(),
                                        Keys.of(looked.table().key(), subject))
                                .isPresent());
    }

    /**
     * Returns the destination of an allowed request: the table's entry for it, else its default.
     */
    public static Endpoint destination(Destination to, EvaluationContext context, Request request) {
        if (to instanceof Destination.Fixed fixed) {
            long port = fixed.port() instanceof Effect.Operand.OfParam param
                    ? context.value(param.param())
                    : ((Effect.Operand.OfNumber) fixed.port()).value();
            return new Endpoint(fixed.address(), Math.toIntExact(port));
        }
        Table table = ((Destination.Looked) to).table();
        List<KeyValue> key = Keys.of(table.key(), FieldResolver.of(request).get(0));
        return entry(table, context.content(), key)
                .map(entry -> chosen(entry.destinations(), request.actor().cookie()))
                .or(table::otherwise)
                .orElseThrow(() -> new IllegalStateException("a request without a destination was allowed"));
    }

    private static Optional<StateContent.Entry> entry(Table table, StateContent content, List<KeyValue> key) {
        return content.tables().getOrDefault(table, List.of()).stream()
                .filter(entry -> entry.key().equals(key))
                .findFirst();
    }

    private static Endpoint chosen(List<Endpoint> destinations, long cookie) {
        long hash = cookie * FACTOR & 0xffff_ffffL;
        return destinations.get((int) (hash * destinations.size() >>> 32));
    }
}
