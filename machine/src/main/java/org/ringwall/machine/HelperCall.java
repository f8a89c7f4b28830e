// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.List;
import org.ringwall.bpf.kernel.Helper;

/**
 * A helper call that returned: numbers are decimal and signed; pointers are shown by their region.
 */
public record HelperCall(int slot, Helper helper, List<String> arguments, String result) {
    public HelperCall {
        arguments = List.copyOf(arguments);
    }

    @Override
    public String toString() {
        return helper.kernelName() + "(" + String.join(", ", arguments) + ") = " + result;
    }
}
