/**
 * Policies tried without a kernel: their `test` blocks run on the emitted bytecode, and `why` says step by step what
 * decides.
 *
 * <p>Comes in: a typed policy and the object that was made of it. Goes out: results and explanations. Must not know how
 * the object was made: only its programs, its data sections and docs/abi.md.
 */
@NullMarked
package org.ringwall.compiler.testing;

import org.jspecify.annotations.NullMarked;
