// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.AddressCall;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.DeviceNumber;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.StringPattern;
import org.ringwall.compiler.value.U128;

/**
 * A generator of requests at a policy's hooks, with values from the policy's boundaries, from the
 * pools and at random.
 */
final class RequestGenerator {
    /** TCP_NEW_SYN_RECV, the greatest state before 6.8, of include/net/tcp_states.h. */
    private static final int MOST_STATE = 12;

    private final RandomChoices choices;
    private final Boundaries edges;
    private final ByteOrder order;
    private final boolean keyedByName;
    private final List<Hook> hooks = new ArrayList<>();

    RequestGenerator(RandomChoices choices, Policy policy, Map<Param, Long> params, ByteOrder order) {
        this.choices = choices;
        this.order = order;
        this.edges = new Boundaries(policy, params);
        this.keyedByName = keys(policy.state()).anyMatch(key -> key.fields().contains(Field.COMM));
        policy.blocks().forEach(block -> hooks.addAll(hooks(block)));
    }

    private static Stream<Key> keys(State state) {
        return Stream.of(
                        state.tables().stream().map(Table::key),
                        state.counters().stream().map(Counter::key),
                        state.rates().stream().map(Rate::key))
                .flatMap(each -> each);
    }

    private static List<Hook> hooks(Block block) {
        if (block.target() instanceof Block.Target.OfHook target) {
            return List.of(target.hook());
        }
        Intent intent = ((Block.Target.OfIntent) block.target()).intent();
        List<Hook> hooks = new ArrayList<>(intent.hooks());
        if (intent == Intent.EGRESS) {
            hooks.addAll(List.of(Hook.SOCK_CREATE, Hook.SOCK_CREATE));
        }
        return hooks;
    }

    Request request() {
        Hook hook = choices.oneOf(hooks);
        return switch (hook.context()) {
            case SOCK -> ofSocket(hook);
            case SOCK_ADDR ->
                hook.isInet()
                        ? atAddress(hook)
                        : new Request.AtPath(
                                hook,
                                socketType(),
                                new StringGenerator(choices).path(edges.patterns(Field.PATH)),
                                actor());
            case DEVICE ->
                new Request.TouchDevice(
                        choices.oneOf(1, 2),
                        number(Field.DEV_MAJOR) & DeviceNumber.MOST_MAJOR,
                        number(Field.DEV_MINOR) & DeviceNumber.MOST_MINOR,
                        access(),
                        actor());
            case SYSCTL -> sysctl();
            case SOCK_OPS -> event();
            case SOCKOPT -> new OptionRequestGenerator(choices, edges, order).request(hook, actor());
            case SK_BUFF -> packet(hook);
        };
    }

    private Request ofSocket(Hook hook) {
        if (hook.is(AddressCall.POST_BIND)) {
            return new Request.Bound(
                    hook, address(hook), (int) number(Field.LOCAL_PORT), protocol(), socketType(hook), actor());
        }
        int family = choices.oneOf(2, 10);
        return hook == Hook.SOCK_CREATE
                ? new Request.MakeSocket(family, socketType(), protocol(), numbers(hook), actor())
                : new Request.ReleaseSocket(family, socketType(), protocol(), numbers(hook), actor());
    }

    private Request atAddress(Hook hook) {
        boolean local = HookFields.at(hook).contains(Field.LOCAL_PORT);
        int port = (int) number(local ? Field.LOCAL_PORT : Field.REMOTE_PORT);
        RawAddress address = address(hook);
        RawAddress source = hook.hasSource() ? address(hook) : new RawAddress(address.isV4(), U128.ZERO);
        Request.AtAddress request =
                new Request.AtAddress(hook, address, port, source, protocol(hook), socketType(hook), actor());
        return hook == Hook.SENDMSG4 && choices.chance(50) ? request.by(dualStack(request)) : request;
    }

    /**
     * Generates the state of the AF_INET6 socket that sends, usually connected to the destination
     * or nearly so.
     */
    private Request.DualStack dualStack(Request.AtAddress request) {
        U128 mapped = new U128(
                0, AddressSet.MAPPED_LOW.low() | request.address().bits().low());
        int state = choices.chance(75) ? Request.DualStack.CONNECTED : Request.DualStack.UNCONNECTED;
        RawAddress remote = choices.chance(75) ? new RawAddress(false, mapped) : rawV6();
        int port = choices.chance(75) ? request.port() : (int) number(Field.REMOTE_PORT);
        return new Request.DualStack(state, remote, port);
    }

    private RawAddress address(Hook hook) {
        return hook.is(AddressFamily.INET) ? new RawAddress(true, U128.of(v4())) : rawV6();
    }

    /** Generates the numbers of the hook's context that fields are. */
    private Map<String, Long> numbers(Hook hook) {
        Map<String, Long> numbers = new TreeMap<>();
        for (Field field : HookFields.numbers(hook)) {
            numbers.put(field.spec().number(hook).orElseThrow().name(), number(field));
        }
        return numbers;
    }

    /** Generates a TCP event. It has all of TCP's numbers, including those that no rule reads. */
    private Request event() {
        Map<String, Long> numbers = new TreeMap<>(numbers(Hook.SOCK_OPS));
        numbers.put(Request.TcpEvent.FULL, choices.chance(70) ? 1L : 0L);
        numbers.put(Request.TcpEvent.PACKET, choices.chance(70) ? 60L : 0L);
        Hook form = choices.chance(50) ? Hook.CONNECT4 : Hook.CONNECT6;
        SockOpsEvent event = choices.oneOf(SockOpsEvent.values());
        if (event == SockOpsEvent.TCP_CLOSED && choices.chance(85)) {
            numbers.put(Request.TcpEvent.STATE, (long) choices.below(MOST_STATE + 1));
        }
        return new Request.TcpEvent(
                event,
                new Request.TcpEvent.End(address(form), (int) number(Field.REMOTE_PORT)),
                new Request.TcpEvent.End(address(form), (int) number(Field.LOCAL_PORT)),
                numbers,
                owner(),
                closing(numbers));
    }

    /** Generates what decides whether a closed connection counts, and its SYN and FIN. */
    private Request.TcpEvent.Closing closing(Map<String, Long> numbers) {
        long una = numbers.getOrDefault("snd_una", 0L);
        return new Request.TcpEvent.Closing(
                choices.chance(85),
                choices.chance(50),
                choices.chance(50),
                choices.chance(50) ? una : una + 1 & 0xffff_ffffL);
    }

    /** Generates an owner. For some sockets the creator is unknown. */
    private Request.Owner owner() {
        return new Request.Owner(actor(), choices.chance(75));
    }

    private Request packet(Hook hook) {
        PacketGenerator packets = new PacketGenerator(choices, new PacketGenerator.Values() {
            @Override
            public RawAddress address(boolean v4) {
                return v4 ? new RawAddress(true, U128.of(v4())) : rawV6();
            }

            @Override
            public long number(Field field) {
                return field == Field.PROTO ? protocol() : RequestGenerator.this.number(field);
            }
        });
        return packets.packet(hook).of(owner());
    }

    private RawAddress rawV6() {
        int kind = choices.below(10);
        U128 bits;
        if (kind == 0) {
            bits = U128.ZERO;
        } else if (kind < 4) {
            bits = new U128(0, AddressSet.MAPPED_LOW.low() | v4());
        } else if (kind < 7 && !edges.v6().isEmpty()) {
            bits = choices.oneOf(edges.v6());
        } else {
            bits = kind < 9 ? choices.oneOf(Pools.V6) : new U128(choices.bits(), choices.bits());
        }
        return new RawAddress(false, bits);
    }

    private long v4() {
        if (choices.chance(60) && !edges.v4().isEmpty()) {
            return choices.oneOf(edges.v4());
        }
        return choices.chance(70) ? choices.oneOf(Pools.V4) : choices.bits() & 0xffff_ffffL;
    }

    /** Generates a protocol for which the hook can run. */
    private int protocol(Hook hook) {
        List<IpProtocol> talking = List.copyOf(IpProtocol.talking(hook));
        int any = protocol();
        boolean comes = talking.isEmpty()
                || IpProtocol.of(any).filter(talking::contains).isPresent();
        return comes ? any : choices.oneOf(talking).number();
    }

    private int protocol() {
        return choices.chance(50)
                ? choices.oneOf(6, 17)
                : choices.chance(95) ? choices.oneOf(Pools.PROTOCOLS) : choices.between(1, 262);
    }

    /** Generates a socket type for which the kernel invokes the hook. */
    private int socketType(Hook hook) {
        int any = socketType();
        boolean comes = any != SocketType.RAW.number() || SocketType.RAW.reaches(hook);
        return comes ? any : SocketType.DGRAM.number();
    }

    private int socketType() {
        return choices.chance(60) ? choices.oneOf(1, 2, 3) : choices.oneOf(Pools.TYPES);
    }

    private long number(Field field) {
        List<Long> near = edges.numbers(field);
        if (choices.chance(75) && !near.isEmpty()) {
            return choices.oneOf(near);
        }
        return switch (field.type()) {
            case PORT -> choices.chance(70) ? choices.oneOf(Pools.PORTS) : choices.upTo(0xffff);
            case ID -> choices.oneOf(Pools.IDS);
            case PACKET_TYPE -> choices.below(8);
            case LONG -> choices.chance(70) ? choices.oneOf(Pools.WIDE) : choices.bits();
            case BYTE -> choices.chance(70) ? choices.oneOf(Pools.BYTES) : choices.upTo(0xff);
            default -> choices.chance(70) ? choices.oneOf(Pools.NUMBERS) : choices.upTo(0xffff_ffffL);
        };
    }

    private Request sysctl() {
        StringGenerator strings = new StringGenerator(choices);
        Optional<ByteString> content = choices.chance(10)
                ? Optional.empty()
                : Optional.of(strings.value(Field.VALUE, edges.patterns(Field.VALUE)));
        Optional<ByteString> text = choices.chance(10)
                ? Optional.empty()
                : Optional.of(strings.value(Field.NEW_VALUE, edges.patterns(Field.NEW_VALUE)));
        Request.TouchSysctl.Write write = new Request.TouchSysctl.Write(text, choices.chance(10) ? 1 : 0);
        return new Request.TouchSysctl(
                strings.name(edges.patterns(Field.NAME)),
                content,
                choices.chance(50) ? Optional.of(write) : Optional.empty(),
                actor());
    }

    private Set<Request.Access> access() {
        Set<Request.Access> access = EnumSet.noneOf(Request.Access.class);
        for (Request.Access bit : Request.Access.values()) {
            if (choices.chance(50)) {
                access.add(bit);
            }
        }
        return access;
    }

    private Actor someone() {
        Map<Integer, Long> ancestors = new TreeMap<>();
        int depth = choices.below(Field.ANCESTORS + 1);
        for (int level = 1; level <= depth; level++) {
            ancestors.put(level, wide(Field.ancestor(level).orElseThrow()));
        }
        return new Actor(
                number(Field.UID),
                number(Field.GID),
                Actor.ORDINARY.comm(),
                number(Field.PID),
                wide(Field.CGROUP),
                ancestors,
                wide(Field.NETNS),
                wide(Field.COOKIE));
    }

    /** Generates a 64-bit id. The kernel does not use 0 for cgroups and namespaces. */
    private long wide(Field field) {
        List<Long> near = edges.numbers(field);
        long number = choices.chance(75) && !near.isEmpty() ? choices.oneOf(near) : choices.oneOf(Pools.WIDE);
        return number == 0 ? 1 : number;
    }

    private Actor actor() {
        Actor actor = choices.chance(30) ? Actor.ORDINARY : someone();
        List<StringPattern> comms = edges.patterns(Field.COMM);
        return comms.isEmpty() && !keyedByName ? actor : actor.named(new StringGenerator(choices).comm(comms));
    }
}
