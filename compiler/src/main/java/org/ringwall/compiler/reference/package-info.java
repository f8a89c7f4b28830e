/**
 * The meaning of a policy: docs/semantics.md in Java, naive on purpose, one method for each paragraph.
 *
 * <p>Comes in: a typed policy, the values of its params and a request. Goes out: the verdict, the rules that decided and
 * a trace of everything that was tried. Must not know the diagram, the IR, the machine or any object: what is compiled is
 * compared with this, so nothing may be shared but the policy, the request, values and kernel facts.
 */
@NullMarked
package org.ringwall.compiler.reference;

import org.jspecify.annotations.NullMarked;
