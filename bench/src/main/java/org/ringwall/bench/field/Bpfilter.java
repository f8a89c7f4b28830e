// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.ringwall.bench.rules.AddressRules;
import org.ringwall.bench.rules.PortRules;
import org.ringwall.bench.rules.Prefix;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.bench.rules.TupleRule;
import org.ringwall.bench.rules.TupleRules;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Insn.AluOp;
import org.ringwall.bpf.insn.Insn.JumpOp;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.object.MapType;
import org.ringwall.loader.bpf.MapSpec;

/**
 * The program that bpfilter generates for a chain at connect4, with a rule for each port
 * (`udp.dport`), prefix (`ip4.dnet`) or both (`ip4.dnet` and `tcp.dport` or `udp.dport`), and no
 * counters except those of the chain. A rule first checks the protocol of each layer that its
 * matchers read, then each matcher; a mismatch continues with the next rule.
 *
 * <p>The program is generated here, not recorded. Source: libbpfilter's cgen/program.c
 * (bf_program_generate), cgen/cgroup_sock_addr.c and cgen/matcher/cmp.c as of July 2026. The
 * counting function omits the message for a missing counter map, which is never printed.
 */
final class Bpfilter implements Contestant {
    /**
     * The offset of its `struct bf_runtime` from r10, and below it the offset of the packet's size.
     */
    private static final int RUNTIME = -256;

    private static final int PACKET_SIZE = RUNTIME + 40;
    private static final int FAMILY = 28;
    private static final int PROTOCOL = 36;
    private static final int USER_IP4 = 4;
    private static final int USER_PORT = 24;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int MAP_LOOKUP = 1;
    private static final int COUNTER = 16;

    @Override
    public String title() {
        return "bpfilter";
    }

    @Override
    public Image make(RuleList rules, Workshop shop) {
        return Image.of(program(rules));
    }

    /** Returns the program and its map of counters. */
    static PlainProgram program(RuleList rules) {
        List<Insn> insns = new ArrayList<>(prologue());
        rules(rules).forEach(insns::addAll);
        insns.addAll(epilogue(rules instanceof AddressRules ? 1 : 0, rules.size()));
        MapSpec counters = new MapSpec(
                "counters",
                MapType.PERCPU_ARRAY.number(),
                4,
                COUNTER,
                rules.size() + 2,
                0,
                Optional.empty(),
                Optional.empty());
        return new PlainProgram(rules.hook(), insns, List.of(PlainMap.empty(counters)));
    }

    /**
     * Returns the code that saves the context and loads the protocols of layer 3 (r7) and layer 4
     * (r8).
     */
    private static List<Insn> prologue() {
        return List.of(
                new Insn.Store(Width.DW, Reg.R10, (short) RUNTIME, Operand.of(Reg.R1)),
                move(Reg.R7, 0),
                move(Reg.R8, 0),
                new Insn.Mov(Width.DW, Width.DW, Reg.R6, Operand.of(Reg.R1)),
                new Insn.Store(Width.DW, Reg.R10, (short) PACKET_SIZE, Operand.of(0)),
                load(Reg.R2, FAMILY),
                new Insn.Jump(JumpOp.EQ, Width.DW, Reg.R2, Operand.of(2), (short) 2),
                new Insn.Jump(JumpOp.EQ, Width.DW, Reg.R2, Operand.of(10), (short) 3),
                new Insn.Goto((short) 4),
                move(Reg.R7, network(ETH_P_IP)),
                new Insn.Goto((short) 3),
                move(Reg.R7, network(ETH_P_IPV6)),
                new Insn.Goto((short) 1),
                move(Reg.R7, 0),
                load(Reg.R8, PROTOCOL));
    }

    /** Returns the code of the rules. A mismatch jumps to the end of the rule. */
    private static Stream<List<Insn>> rules(RuleList rules) {
        if (rules instanceof PortRules ports) {
            return ports.ports().stream().map(port -> rule(1, List.of(layer4(UDP)), port(port)));
        }
        if (rules instanceof TupleRules tuples) {
            return tuples.rules().stream().map(Bpfilter::rule);
        }
        return ((AddressRules) rules).prefixes().stream().map(prefix -> rule(0, List.of(layer3()), net(prefix)));
    }

    private static List<Insn> rule(TupleRule tuple) {
        List<Insn> matchers = new ArrayList<>(net(tuple.prefix()));
        matchers.addAll(port(tuple.port()));
        return rule(tuple.allow() ? 1 : 0, List.of(layer3(), layer4(tuple.tcp() ? TCP : UDP)), matchers);
    }

    /** Returns the code of a rule, with the offsets of its jumps to the next rule. */
    private static List<Insn> rule(int verdict, List<Insn> layers, List<Insn> matchers) {
        List<Insn> all = new ArrayList<>(layers);
        all.addAll(matchers);
        all.add(move(Reg.R0, verdict));
        all.add(new Insn.Exit());
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i) instanceof Insn.Jump jump) {
                all.set(
                        i,
                        new Insn.Jump(
                                jump.op(), jump.width(), jump.dst(), jump.src(), Insn.offset(all.size() - i - 1)));
            }
        }
        return all;
    }

    private static Insn layer3() {
        return unless(Reg.R7, Operand.of(network(ETH_P_IP)));
    }

    private static Insn layer4(int protocol) {
        return unless(Reg.R8, Operand.of(protocol));
    }

    private static List<Insn> port(int port) {
        return List.of(load(Reg.R1, USER_PORT), unless(Reg.R1, Operand.of(network(port))));
    }

    private static List<Insn> net(Prefix prefix) {
        List<Insn> insns = new ArrayList<>();
        insns.add(load(Reg.R1, USER_IP4));
        insns.add(new Insn.Mov(
                Width.W, Width.W, Reg.R2, Operand.of(word((int) prefix.base().low()))));
        int mask = prefix.length() == 0 ? 0 : -1 << (32 - prefix.length());
        if (mask != -1) {
            insns.add(new Insn.Mov(Width.W, Width.W, Reg.R3, Operand.of(word(mask))));
            insns.add(new Insn.Alu(AluOp.AND, Width.W, Reg.R1, Operand.of(Reg.R3)));
            insns.add(new Insn.Alu(AluOp.AND, Width.W, Reg.R2, Operand.of(Reg.R3)));
        }
        insns.add(unless(Reg.R1, Operand.of(Reg.R2)));
        return insns;
    }

    /** Returns a jump to the next rule if they differ. */
    private static Insn unless(Reg reg, Operand value) {
        return new Insn.Jump(JumpOp.NE, Width.DW, reg, value, (short) 0);
    }

    /**
     * Returns the code that counts a packet without a matching rule and returns the chain's policy,
     * and the counting function.
     */
    private static List<Insn> epilogue(int policy, int rules) {
        return List.of(
                new Insn.Mov(Width.DW, Width.DW, Reg.R1, Operand.of(Reg.R10)),
                new Insn.Alu(AluOp.ADD, Width.DW, Reg.R1, Operand.of(RUNTIME)),
                new Insn.LoadImm64(Insn.Pseudo.MAP_FD, Reg.R2, 0),
                new Insn.Mov(Width.W, Width.W, Reg.R3, Operand.of(rules)),
                new Insn.CallLocal(2),
                move(Reg.R0, policy),
                new Insn.Exit(),
                new Insn.Store(Width.DW, Reg.R10, (short) -8, Operand.of(Reg.R3)),
                new Insn.Mov(Width.DW, Width.DW, Reg.R6, Operand.of(Reg.R1)),
                new Insn.Mov(Width.DW, Width.DW, Reg.R1, Operand.of(Reg.R2)),
                new Insn.Mov(Width.DW, Width.DW, Reg.R2, Operand.of(Reg.R10)),
                new Insn.Alu(AluOp.ADD, Width.DW, Reg.R2, Operand.of(-8)),
                new Insn.CallHelper(MAP_LOOKUP),
                new Insn.Jump(JumpOp.EQ, Width.DW, Reg.R0, Operand.of(0), (short) 9),
                new Insn.Load(Width.DW, false, Reg.R1, Reg.R0, (short) 0),
                new Insn.Alu(AluOp.ADD, Width.DW, Reg.R1, Operand.of(1)),
                new Insn.Store(Width.DW, Reg.R0, (short) 0, Operand.of(Reg.R1)),
                new Insn.Load(Width.DW, false, Reg.R1, Reg.R6, (short) (PACKET_SIZE - RUNTIME)),
                new Insn.Load(Width.DW, false, Reg.R2, Reg.R0, (short) 8),
                new Insn.Alu(AluOp.ADD, Width.DW, Reg.R2, Operand.of(Reg.R1)),
                new Insn.Store(Width.DW, Reg.R0, (short) 8, Operand.of(Reg.R2)),
                move(Reg.R0, 0),
                new Insn.Exit(),
                move(Reg.R0, 1),
                new Insn.Exit());
    }

    private static Insn move(Reg dst, int value) {
        return new Insn.Mov(Width.DW, Width.DW, dst, Operand.of(value));
    }

    private static Insn load(Reg dst, int field) {
        return new Insn.Load(Width.W, false, dst, Reg.R6, (short) field);
    }

    /** Returns the number that this machine reads from 16 bits in network byte order. */
    private static int network(int value) {
        ByteBuffer bytes = ByteBuffer.allocate(2).putShort(0, (short) value);
        return Short.toUnsignedInt(bytes.order(ByteOrder.nativeOrder()).getShort(0));
    }

    /** Returns the number that this machine reads from 32 bits in network byte order. */
    private static int word(int value) {
        return ByteBuffer.allocate(4)
                .putInt(0, value)
                .order(ByteOrder.nativeOrder())
                .getInt(0);
    }
}
