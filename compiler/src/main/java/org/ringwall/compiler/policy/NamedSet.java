// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A declared set, by whose name analyses refer to its members: addresses or numbers, the other part
 * is empty.
 */
public record NamedSet(String name, AddressSet addresses, IntervalSet numbers) {}
