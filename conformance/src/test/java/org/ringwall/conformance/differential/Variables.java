// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.StringClass;
import org.ringwall.compiler.strings.TooManyStatesException;
import org.ringwall.compiler.value.ByteString;

/** The raw values of a request that a program reads from its context (see {@link Variable}). */
final class Variables {
    private final Request request;
    private final Map<Variable, Classifier> strings;
    private final Optional<PacketVariables> packet;

    Variables(Request request, Map<Variable, Classifier> strings) {
        this.request = request;
        this.strings = strings;
        this.packet =
                request instanceof Request.Packet each ? Optional.of(new PacketVariables(each)) : Optional.empty();
    }

    long of(Variable variable) {
        return switch (variable) {
            case STAMPED -> request.maker().isPresent() ? 1 : 0;
            case UID -> request.actor().uid();
            case GID -> request.actor().gid();
            case PID -> request.actor().pid();
            case CGROUP -> request.actor().cgroup();
            case NETNS -> request.actor().netns();
            case COOKIE -> request.actor().cookie();
            case COMM -> string(variable).classOf(request.actor().comm());
            default ->
                variable.level() == 0
                        ? request.accept(new Found(variable))
                        : request.actor().ancestor(variable.level()).orElse(0L);
        };
    }

    private final class Found implements Request.Visitor<Long> {
        private final Variable variable;

        Found(Variable variable) {
            this.variable = variable;
        }

        @Override
        public Long atAddress(Request.AtAddress address) {
            return of(variable, address);
        }

        @Override
        public Long makeSocket(Request.MakeSocket socket) {
            return of(variable, socket);
        }

        @Override
        public Long touchDevice(Request.TouchDevice device) {
            return of(variable, device);
        }

        private long value(Optional<ByteString> content) {
            Classifier classifier = string(variable);
            return content.filter(text -> text.size() > 0)
                    .map(classifier::classOf)
                    .orElseGet(classifier::unknown);
        }

        @Override
        public Long touchSysctl(Request.TouchSysctl sysctl) {
            return switch (variable) {
                case NAME -> (long) string(variable).classOf(ByteString.of(sysctl.name()));
                case VALUE -> value(sysctl.content());
                case NEW_VALUE ->
                    sysctl.written()
                            .map(write -> value(write.text().filter(text -> write.position() == 0)))
                            .orElseGet(() -> (long) string(variable).absent());
                case WRITE -> sysctl.write() ? 1L : 0L;
                default -> throw absent(variable);
            };
        }

        /** Returns the class of the path in the form in which policies write it. */
        @Override
        public Long atPath(Request.AtPath at) {
            if (variable == Variable.TYPE) {
                return (long) at.type();
            } else if (variable != Variable.PATH) {
                throw absent(variable);
            }
            Classifier classifier = string(variable);
            ByteString path = at.path();
            if (path.size() == 0) {
                return (long) classifier.absent();
            }
            ByteString rest = ByteString.of(Arrays.copyOfRange(path.toArray(), 1, path.size()));
            boolean named = path.at(0) == 0;
            if (named ? rest.has(0) : path.at(0) == '@') {
                return (long) classifier.unknown();
            }
            byte[] shown = path.toArray();
            shown[0] = named ? (byte) '@' : shown[0];
            return (long) classifier.classOf(ByteString.of(shown));
        }

        @Override
        public Long bound(Request.Bound bound) {
            return switch (variable) {
                case TYPE -> (long) bound.type();
                case PROTOCOL -> (long) bound.protocol();
                case PORT -> (long) bound.port();
                case IP4, IP6_HIGH, IP6_LOW -> half(variable, bound.address());
                default -> throw absent(variable);
            };
        }

        @Override
        public Long releaseSocket(Request.ReleaseSocket socket) {
            return of(variable, socket);
        }

        @Override
        public Long tcpEvent(Request.TcpEvent event) {
            return of(variable, event);
        }

        @Override
        public Long packet(Request.Packet request) {
            return packet.orElseThrow().of(variable);
        }

        @Override
        public Long useOption(Request.UseOption use) {
            return of(variable, use);
        }
    }

    private long of(Variable variable, Request.TcpEvent event) {
        return switch (variable) {
            case OP -> event.event().number();
            case FULLSOCK -> event.isFull() ? 1 : 0;
            case FAMILY -> event.family();
            case PORT -> event.remote().port();
            case LOCAL_PORT -> event.local().port();
            case IP4, IP6_HIGH, IP6_LOW -> half(variable, event.remote().address());
            case LOCAL_IP4 -> half(Variable.IP4, event.local().address());
            case LOCAL_IP6_HIGH -> half(Variable.IP6_HIGH, event.local().address());
            case LOCAL_IP6_LOW -> half(Variable.IP6_LOW, event.local().address());
            default -> number(variable, event);
        };
    }

    private long half(Variable variable, RawAddress address) {
        if (address.isV4() != (variable == Variable.IP4)) {
            throw absent(variable);
        }
        return variable == Variable.IP6_HIGH
                ? address.bits().high()
                : address.bits().low();
    }

    /**
     * Returns the value of a variable; `optlen` is the value after the prologue of the program has
     * corrected it.
     */
    private long of(Variable variable, Request.UseOption use) {
        boolean reads = use.hook() == Hook.GETSOCKOPT;
        boolean page = !reads
                && (use.optlen() > 4096 || use.optlen() == 0 && use.value().size() >= 4096);
        boolean left = reads
                && use.optlen() >= 0
                && (use.optlen() > 4096 || use.optlen() > use.value().size() || use.retval() != 0);
        return switch (variable) {
            case LEVEL -> Integer.toUnsignedLong(use.level());
            case OPTNAME -> Integer.toUnsignedLong(use.optname());
            case RETVAL -> Integer.toUnsignedLong(use.retval());
            case OPTLEN -> left ? 0 : page ? 4096 : Integer.toUnsignedLong(use.optlen());
            case SHORT_OPTVAL -> use.value().at(0);
            case OPTVAL ->
                Integer.toUnsignedLong(ByteBuffer.wrap(use.value().toArray())
                        .order(use.order())
                        .getInt());
            default -> throw absent(variable);
        };
    }

    /** Returns whether the glob matches, by an automaton of its own. */
    boolean matches(Predicate.GlobMatches glob) {
        Classifier alone;
        try {
            alone = Classifier.of(string(glob.variable()).kind(), new TreeSet<>(Set.of(glob.glob())));
        } catch (TooManyStatesException e) {
            throw new IllegalStateException(glob.toString(), e);
        }
        long number = new Variables(request, Map.of(glob.variable(), alone)).of(glob.variable());
        StringClass found = alone.classes().get((int) number);
        return !found.matched().isEmpty() || glob.may() && !found.unknown().isEmpty();
    }

    private Classifier string(Variable variable) {
        Classifier classifier = strings.get(variable);
        if (classifier == null) {
            throw absent(variable);
        }
        return classifier;
    }

    /** What a socket of this type puts into its packets. */
    private static long protocol(int type, int number) {
        return type == SocketType.RAW.number() ? number % 256 : number;
    }

    private long of(Variable variable, Request.AtAddress address) {
        return switch (variable) {
            case TYPE -> address.type();
            case PROTOCOL -> protocol(address.type(), address.protocol());
            case PORT -> address.port();
            case IP4, IP6_HIGH, IP6_LOW -> half(variable, address.address());
            case LOCAL_IP4 -> half(Variable.IP4, address.source());
            case LOCAL_IP6_HIGH -> half(Variable.IP6_HIGH, address.source());
            case LOCAL_IP6_LOW -> half(Variable.IP6_LOW, address.source());
            default -> throw absent(variable);
        };
    }

    private long of(Variable variable, Request.OfSocket socket) {
        return switch (variable) {
            case FAMILY -> socket.family();
            case TYPE -> socket.type();
            case PROTOCOL -> protocol(socket.type(), socket.protocol());
            default -> number(variable, socket);
        };
    }

    private long number(Variable variable, Request.Numbered numbered) {
        return variable.number(numbered.hook().context()).map(numbered::number).orElseThrow(() -> absent(variable));
    }

    private long of(Variable variable, Request.TouchDevice device) {
        return switch (variable) {
            case DEV_TYPE -> device.type();
            case ACCESS ->
                device.access().stream().mapToInt(Request.Access::bit).sum();
            case MAJOR -> device.major();
            case MINOR -> device.minor();
            default -> throw absent(variable);
        };
    }

    private IllegalStateException absent(Variable variable) {
        return new IllegalStateException(variable + " is asked at " + request.hook());
    }
}
