// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.model.request;

import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.U128;

/** An address as a `4` or a `6` hook carries it, before normalisation; bits in host order. */
public record RawAddress(boolean isV4, U128 bits) {
    public RawAddress {
        if (isV4 && bits.compareTo(U128.of(0xffff_ffffL)) > 0) {
            throw new IllegalArgumentException("a v4 address has 32 bits");
        }
    }

    /** Returns the normalised address (docs/semantics.md section 2). */
    public Address normalised() {
        return isV4 ? new Address(true, bits) : Address.ofV6(bits);
    }

    @Override
    public String toString() {
        if (!isV4 && normalised().isV4()) {
            return "::ffff:" + normalised();
        }
        return normalised().toString();
    }
}
