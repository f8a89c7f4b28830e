// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.tables.CallPrices;

/** The predicted cost of writes. */
final class WriteCosts {
    private WriteCosts() {}

    /** Returns the description of what is written or set. */
    static String name(Terminator.Write write) {
        if (write instanceof Terminator.WriteContext context) {
            return "writes `" + context.field().name() + "`";
        } else if (write instanceof Terminator.WritePath) {
            return "writes `path`";
        } else if (write instanceof Terminator.WriteSysctl) {
            return "writes `new_value`";
        } else if (write instanceof Terminator.WriteOption option) {
            return "setsockopt `" + option.option() + "`";
        } else if (write instanceof Terminator.WriteOptionName option) {
            return "setsockopt `" + option.option() + "`";
        } else if (write instanceof Terminator.WriteOptval) {
            return "writes `optval`";
        } else if (write instanceof Terminator.WriteOptlen) {
            return "writes `optlen`";
        } else if (write instanceof Terminator.WriteSuccess || write instanceof Terminator.WriteErrno) {
            return "writes `retval`";
        }
        throw new IllegalStateException("no name for " + write);
    }

    /** Returns the cost: mainly calls, and the bytes that are stored on the stack for them. */
    static double of(Terminator.Write write) {
        if (write instanceof Terminator.WritePath path) {
            return CallPrices.CALL_NS + words(path.sunPath().size());
        } else if (write instanceof Terminator.WriteSysctl) {
            return CallPrices.of(Helper.SYSCTL_GET_NEW_VALUE)
                    + words(Terminator.WriteSysctl.MOST_BYTES)
                    + CallPrices.of(Helper.SYSCTL_SET_NEW_VALUE)
                    + CallPrices.CONTEXT_STORE_NS;
        } else if (write instanceof Terminator.WriteOption) {
            return CallPrices.of(Helper.SETSOCKOPT);
        } else if (write instanceof Terminator.WriteOptionName option) {
            return CallPrices.of(Helper.SETSOCKOPT) + words(option.name().size() + 1);
        }
        return CallPrices.CONTEXT_STORE_NS;
    }

    private static double words(int bytes) {
        return (bytes + Width.DW.bytes() - 1) / Width.DW.bytes() * CallPrices.STORE_NS;
    }
}
