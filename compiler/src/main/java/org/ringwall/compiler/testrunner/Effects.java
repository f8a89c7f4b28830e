// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketLevel;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.EvaluationContext;
import org.ringwall.compiler.reference.Redirections;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.machine.Context;
import org.ringwall.machine.Done;

/** A conversion of effects to the changes of a hook's context. */
public final class Effects {
    /** The number of bytes of a sysctl's value that a program knows. */
    private static final int KNOWN = 255;

    /** The number of bytes of an option's value that a program sees. */
    private static final int SHOWN = 4096;

    private Effects() {}

    /**
     * Returns the context after these effects, in order; params that are not given have their
     * defaults.
     */
    public static Context after(Hook hook, Context before, List<Effect> effects, Map<Param, Long> params) {
        Context context = before;
        for (Effect effect : effects) {
            context = effect.with(params).accept(new Writer(hook, context));
        }
        return context;
    }

    /** Returns the result of an allowed or denied request with these effects. */
    public static Answer answer(
            Request request, Verdict verdict, List<Effect> all, Map<Param, Long> params, ByteOrder order) {
        List<Effect> effects = all.stream()
                .filter(effect -> happens(effect, request))
                .sorted(Comparator.comparingInt(Effects::turn))
                .toList();
        Context context = after(request.hook(), Contexts.context(request, order), effects, params);
        Optional<Bytes> address = Contexts.addressed(request, order);
        Done done = Done.NOTHING;
        for (Effect effect : effects) {
            if (effect instanceof Effect.Assign assign && assign.operand() instanceof Effect.Operand.OfText text) {
                if (assign.field() == Field.PATH) {
                    address = Optional.of(Contexts.sockaddr(sunPath(text.text()), order));
                } else if (assign.field() == Field.NEW_VALUE) {
                    done = done.withSysctl(filledUp(text.text(), (Request.TouchSysctl) request));
                }
            } else if (effect instanceof Effect.SetOption set) {
                done = done.with(set.option(), bytes(set.operand().with(params), order));
            }
        }
        return new Answer(verdict, context, address, done);
    }

    /**
     * Returns the position of an effect: at getsockopt the result precedes the length, and the
     * length the value; all others keep their order.
     */
    private static int turn(Effect effect) {
        if (!(effect instanceof Effect.Assign assign)) {
            return 0;
        }
        return assign.field() == Field.OPTVAL ? 2 : assign.field() == Field.OPTLEN ? 1 : 0;
    }

    /**
     * Whether the write takes effect, which a program only knows when it writes: whether there is a
     * full socket, or whether a sysctl is written to.
     */
    private static boolean happens(Effect effect, Request request) {
        if (effect instanceof Effect.SetOption) {
            return ((Request.TcpEvent) request).isFull();
        }
        return !(effect instanceof Effect.Assign assign && assign.field() == Field.NEW_VALUE)
                || given((Request.TouchSysctl) request) > 0;
    }

    /** Returns a name with its NUL, or an `int`. */
    private static Bytes bytes(Effect.Operand operand, ByteOrder order) {
        if (operand instanceof Effect.Operand.OfText text) {
            return Bytes.of(Arrays.copyOf(text.text().toArray(), text.text().size() + 1));
        }
        int number = (int) ((Effect.Operand.OfNumber) operand).value();
        return Bytes.of(ByteBuffer.allocate(4).order(order).putInt(number).array());
    }

    private static int given(Request.TouchSysctl sysctl) {
        return sysctl.written()
                .flatMap(Request.TouchSysctl.Write::text)
                .map(ByteString::size)
                .orElse(0);
    }

    /**
     * Returns a sysctl's value padded with newlines to the length of the caller's data, at most 255
     * bytes of which are known.
     */
    private static Bytes filledUp(ByteString value, Request.TouchSysctl sysctl) {
        byte[] bytes = Arrays.copyOf(value.toArray(), Math.max(value.size(), Math.min(given(sysctl), KNOWN)));
        Arrays.fill(bytes, value.size(), bytes.length, (byte) '\n');
        return Bytes.of(bytes);
    }

    /**
     * Returns the path in the form of the kernel's own addresses: abstract names begin with a NUL,
     * paths end with one if there is room.
     */
    private static ByteString sunPath(ByteString path) {
        byte[] bytes = path.toArray();
        if (path.at(0) != '@') {
            return ByteString.of(bytes, Math.min(Request.AtPath.MOST_BYTES, bytes.length + 1));
        }
        bytes[0] = 0;
        return ByteString.of(bytes);
    }

    /** Returns the effects with the values of their params. */
    public static List<Effect> resolved(List<Effect> effects, Map<Param, Long> params) {
        return effects.stream().map(effect -> effect.with(params)).toList();
    }

    /**
     * Returns the effects of a request with the values of their params and the destination of its
     * redirect.
     */
    public static List<Effect> resolved(List<Effect> effects, EvaluationContext context, Request request) {
        return resolved(effects, context.params()).stream()
                .map(effect -> effect instanceof Effect.Redirect redirect ? led(redirect, context, request) : effect)
                .toList();
    }

    private static Effect led(Effect.Redirect redirect, EvaluationContext context, Request request) {
        Endpoint to = Redirections.destination(redirect.to(), context, request);
        return new Effect.Redirect(new Destination.Fixed(to.address(), new Effect.Operand.OfNumber(to.port())));
    }

    private record Writer(Hook hook, Context context) implements Effect.Visitor<Context> {
        @Override
        public Context assign(Effect.Assign effect) {
            return switch (effect.field()) {
                case REMOTE_IP -> address("user_ip", effect.operand());
                case LOCAL_IP ->
                    address(
                            hook == Hook.SENDMSG4 || hook == Hook.SENDMSG6 ? "msg_src_ip" : "user_ip",
                            effect.operand());
                case REMOTE_PORT, LOCAL_PORT -> number("user_port", effect.operand());
                case PATH -> context;
                case NEW_VALUE -> context.with("file_pos", 0);
                case OPTVAL -> optval((int) ((Effect.Operand.OfNumber) effect.operand()).value());
                case BOUND_IF -> number("bound_dev_if", effect.operand());
                default -> number(effect.field().text(), effect.operand());
            };
        }

        @Override
        public Context reply(Effect.Reply effect) {
            return number("reply", effect.operand());
        }

        @Override
        public Context setOption(Effect.SetOption effect) {
            return context;
        }

        @Override
        public Context redirect(Effect.Redirect effect) {
            if (!(effect.to() instanceof Destination.Fixed to)) {
                throw new IllegalStateException("an entry is looked up before it is written");
            }
            Context led = address("user_ip", new Effect.Operand.OfAddress(to.address()));
            return new Writer(hook, led).number("user_port", to.port());
        }

        @Override
        public Context log(Effect.Log effect) {
            return context;
        }

        @Override
        public Context count(Effect.Count effect) {
            return context;
        }

        @Override
        public Context answer(Effect.Answer effect) {
            byte[] address = sockaddr(effect.original(), context.number("level") == SocketLevel.IP.number());
            return context.withValue(address).with("optlen", address.length).with("retval", 0);
        }

        @Override
        public Context judgedAs(Effect.JudgedAs effect) {
            return address("user_ip", new Effect.Operand.OfAddress(effect.address()));
        }

        /**
         * Returns the context with a new value: 4 bytes, or 1 of a short value. At setsockopt a
         * value that is longer than a program sees is truncated to that length.
         */
        private Context optval(int number) {
            int given = (int) context.number("optlen");
            boolean longer =
                    hook == Hook.SETSOCKOPT && (given > SHOWN || given == 0 && context.number("optval_end") >= SHOWN);
            int length = longer ? SHOWN : given;
            if (length <= 0) {
                return context;
            }
            byte[] value = length < Integer.BYTES
                    ? new byte[] {(byte) number}
                    : ByteBuffer.allocate(Integer.BYTES)
                            .order(context.order())
                            .putInt(number)
                            .array();
            return context.withValue(value).with("optlen", length);
        }

        /**
         * Returns a `struct sockaddr_in` if the level allows it and the address is IPv4, else a
         * `struct sockaddr_in6`.
         */
        private byte[] sockaddr(Endpoint end, boolean short4) {
            Address address = end.address();
            boolean four = address.isV4() && short4;
            AddressFamily family = four ? AddressFamily.INET : AddressFamily.INET6;
            ByteBuffer bytes = ByteBuffer.allocate(four ? 16 : 28)
                    .order(context.order())
                    .putShort((short) family.number())
                    .order(ByteOrder.BIG_ENDIAN)
                    .putShort((short) end.port());
            long low = address.bits().low();
            if (four) {
                return bytes.putInt((int) low).array();
            }
            return bytes.putInt(0)
                    .putLong(address.bits().high())
                    .putLong(address.isV4() ? AddressSet.MAPPED_LOW.low() | low : low)
                    .array();
        }

        private Context number(String name, Effect.Operand operand) {
            return context.with(name, ((Effect.Operand.OfNumber) operand).value());
        }

        private Context address(String name, Effect.Operand operand) {
            Address address = ((Effect.Operand.OfAddress) operand).address();
            if (hook.is(AddressFamily.INET)) {
                return context.with(
                        name + "4",
                        ByteBuffer.allocate(4)
                                .putInt((int) address.bits().low())
                                .array());
            }
            long mapped = address.isV4() ? AddressSet.MAPPED_LOW.low() : 0;
            return context.with(
                    name + "6",
                    ByteBuffer.allocate(16)
                            .putLong(address.bits().high())
                            .putLong(address.bits().low() | mapped)
                            .array());
        }
    }
}
