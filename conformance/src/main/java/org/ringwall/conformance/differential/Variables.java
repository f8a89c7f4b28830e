package org.ringwall.conformance.differential;

import java.util.List;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.request.Request;

/** A request as the raw numbers that a program finds in its context (see {@link Variable}). */
record Variables(Request request, List<String> names) {
    Variables {
        names = List.copyOf(names);
    }

    long of(Variable variable) {
        return switch (variable) {
            case UID -> request.actor().uid();
            case GID -> request.actor().gid();
            default -> request.accept(new Found(variable));
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

        @Override
        public Long touchSysctl(Request.TouchSysctl sysctl) {
            return switch (variable) {
                case NAME -> names.indexOf(sysctl.name()) + 1L;
                case WRITE -> sysctl.write() ? 1L : 0L;
                default -> throw absent(variable);
            };
        }
    }

    private long of(Variable variable, Request.AtAddress address) {
        boolean v4 = address.address().isV4();
        return switch (variable) {
            case TYPE -> address.type();
            case PROTOCOL -> address.protocol();
            case PORT -> address.port();
            case IP4 -> {
                if (!v4) {
                    throw absent(variable);
                }
                yield address.address().bits().low();
            }
            case IP6_HIGH -> {
                if (v4) {
                    throw absent(variable);
                }
                yield address.address().bits().high();
            }
            case IP6_LOW -> address.address().bits().low();
            default -> throw absent(variable);
        };
    }

    private long of(Variable variable, Request.MakeSocket socket) {
        return switch (variable) {
            case FAMILY -> socket.family();
            case TYPE -> socket.type();
            case PROTOCOL -> socket.protocol();
            case BOUND_IF -> socket.boundIf();
            case MARK -> socket.mark();
            case PRIORITY -> socket.priority();
            default -> throw absent(variable);
        };
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
