// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.diagram.Reading;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Symbols;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.U128;

/**
 * Code that redirects requests, and that shows a redirected peer under its original destination.
 */
final class RedirectCode {
    private static final int V4_BYTES = 12;

    private final Flow flow;
    private final Path path;
    private final ReadingCode readings;

    RedirectCode(Flow flow, Path path) {
        this.flow = flow;
        this.path = path;
        this.readings = new ReadingCode(flow, path);
    }

    /** Looks up the request in the table, by a key that is built here: 1 if there is an entry. */
    Value entry(Table table) {
        readings.key(table.key(), table.key().layout(StateNames.table(table.name())), flow.readings());
        return path.add(new StateOp.Entry(table.layout()));
    }

    /**
     * Stores the redirect's final destination in the frame and with the socket; jumps to `refused`
     * if the socket cannot store it.
     */
    void storeDestination(Destination to, BlockId refused) {
        if (to instanceof Destination.Fixed fixed) {
            address(StateFrame.FINAL, fixed.address());
            port(fixed.port());
        } else {
            table(((Destination.Looked) to).table());
        }
        wanted();
        Value remembered = path.add(Intrinsic.REMEMBER);
        path.leaveIf(remembered, Comparison.EQ, 0, refused);
    }

    /** A table without a default has been looked up before, and the entry is in the frame. */
    private void table(Table table) {
        if (table.otherwise().isEmpty()) {
            return;
        }
        Endpoint otherwise = table.otherwise().get();
        BlockId found = path.name();
        Value there = entry(table);
        path.leaveIf(there, Comparison.NE, 0, found);
        address(StateFrame.FINAL, otherwise.address());
        port(new Effect.Operand.OfNumber(otherwise.port()));
        path.go(found);
        path.open(found);
    }

    private void address(int at, Address address) {
        U128 bits = address.isV4()
                ? new U128(0, AddressSet.MAPPED_LOW.low() | address.bits().low())
                : address.bits();
        readings.put(StateOp.Place.FRAME, at, 16, new Reading.Address(bits));
    }

    private void port(Effect.Operand operand) {
        int at = StateFrame.FINAL + StateFrame.PORT;
        if (operand instanceof Effect.Operand.OfNumber number) {
            path.add(StateOp.Store.number(StateOp.Place.FRAME, at, Width.W, StateOp.Form.HOST, number.value()));
            return;
        }
        String name = ((Effect.Operand.OfParam) operand).param().name();
        Value address = path.add(new Op.AddressOf(Symbols.param(name)));
        Value value = path.add(Op.Load.global(0, Width.DW), address);
        path.add(StateOp.Store.of(StateOp.Place.FRAME, at, Width.W, StateOp.Form.HOST), value);
    }

    /**
     * Stores the current address and port of the request: the address as guards see it, which is
     * never "any".
     */
    private void wanted() {
        readings.follow(
                flow.readings().of(Field.REMOTE_IP),
                address -> readings.put(StateOp.Place.FRAME, StateFrame.ORIGINAL, 16, address));
        portNow(StateFrame.ORIGINAL);
    }

    private void portNow(int at) {
        readings.put(StateOp.Place.FRAME, at + StateFrame.PORT, Width.W.bytes(), new Reading.Number(Variable.PORT));
    }

    private boolean isV4() {
        return flow.hook().is(AddressFamily.INET);
    }

    /**
     * Returns 1 if the request's address is the final destination of the socket's redirect. The
     * original destination is then in the frame.
     */
    Value recall() {
        other();
        return path.add(Intrinsic.RECALL);
    }

    /**
     * Deletes the socket's record of a redirect when the caller connects to the final destination
     * itself.
     */
    void dropOriginal() {
        other();
        path.add(Intrinsic.DROP_ORIGINAL);
    }

    private void other() {
        Reading address = isV4() ? new Reading.V4(Variable.IP4) : new Reading.V6(Variable.IP6_HIGH, Variable.IP6_LOW);
        readings.put(StateOp.Place.FRAME, StateFrame.FINAL, 16, address);
        portNow(StateFrame.FINAL);
    }

    /** Returns the writes of the address and port at this place in the frame to the request. */
    List<Terminator.Write> writes(int at) {
        List<Terminator.Write> writes = new ArrayList<>();
        if (isV4()) {
            writes.add(word(field("user_ip4"), 0, Width.W, get(at + V4_BYTES, Width.W)));
        } else {
            ContextField field = field("user_ip6");
            for (int offset = 0; offset < 16; ) {
                boolean wide = field.admitsWrite(field.offset() + offset, Width.DW);
                Width width = wide ? Width.DW : Width.W;
                writes.add(word(field, offset, width, get(at + offset, width)));
                offset += width.bytes();
            }
        }
        Value port = get(at + StateFrame.PORT, Width.W);
        Value swapped = path.add(new NumberOp.NetworkOrder(16), port);
        writes.add(word(field("user_port"), 0, Width.W, swapped));
        return writes;
    }

    private Value get(int at, Width width) {
        return path.add(Op.Load.frame(at, width));
    }

    private static Terminator.Write word(ContextField field, int offset, Width width, Value value) {
        return new Terminator.WriteContext(field, offset, width, Swap.NONE, new Terminator.Right.OfValue(value));
    }

    private ContextField field(String name) {
        return flow.hook().context().require(name);
    }
}
