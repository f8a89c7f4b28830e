/**
 * The reference evaluator: docs/semantics.md in Java, deliberately naive, with one method for each
 * paragraph.
 *
 * <p>The input is a typed policy, the values of its params and a request. The output is the
 * verdict, the rules that decided and a trace of the evaluation. The package must not know the
 * diagram, the IR, the machine or any object: compiled programs are compared with it, so only the
 * policy, the request, values and kernel facts may be shared.
 */
@NullMarked
package org.ringwall.compiler.reference;

import org.jspecify.annotations.NullMarked;
