// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A declared set, to which analyses refer by its name. Either the addresses or the numbers are
 * empty.
 */
public record NamedSet(String name, AddressSet addresses, IntervalSet numbers) {}
