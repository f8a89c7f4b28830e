// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/**
 * An address or prefix as written: `isV4` is the spelling, and `raw` its bits before any
 * normalisation.
 */
public record AddressSpan(boolean isV4, Interval raw, boolean prefix) {
    private static final Interval MAPPED = new Interval(AddressSet.MAPPED_LOW, AddressSet.MAPPED_HIGH);

    /** Whether it denotes IPv4 addresses, in either spelling. */
    public boolean meansV4() {
        return isV4 || MAPPED.contains(raw.low()) && MAPPED.contains(raw.high());
    }

    /** Returns the first address as a hook of its spelling would carry it. */
    public RawAddress first() {
        return new RawAddress(isV4, raw.low());
    }

    /** Returns the first address, as IPv4 if it is IPv4-mapped. */
    Address firstNormalised() {
        return first().normalised();
    }

    /** Returns the addresses that it denotes (docs/semantics.md section 2). */
    public AddressSet set() {
        if (isV4) {
            return new AddressSet(IntervalSet.of(raw), IntervalSet.EMPTY);
        }
        if (meansV4()) {
            Interval v4 = new Interval(low32(raw.low()), low32(raw.high()));
            return new AddressSet(IntervalSet.of(v4), IntervalSet.EMPTY);
        }
        return new AddressSet(IntervalSet.EMPTY, IntervalSet.of(raw).minus(IntervalSet.of(MAPPED)));
    }

    private static U128 low32(U128 bits) {
        return U128.of(bits.low() & 0xffff_ffffL);
    }
}
