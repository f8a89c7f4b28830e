/**
 * Tests of policies without a kernel: their `test` blocks run on the emitted bytecode, and `why`
 * explains each step of a decision.
 *
 * <p>The input is a typed policy and its compiled object. The output is results and explanations.
 * The package must not know how the object was made: only its programs, its data sections and
 * docs/abi.md.
 */
@NullMarked
package org.ringwall.compiler.testrunner;

import org.jspecify.annotations.NullMarked;
