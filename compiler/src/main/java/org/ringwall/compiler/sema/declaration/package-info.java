/**
 * The declarations: params, sets, predicates, counters, rates, tables and live sets.
 *
 * <p>They are read before any rule, so that a rule may use a name that is declared below it.
 */
@NullMarked
package org.ringwall.compiler.sema.declaration;

import org.jspecify.annotations.NullMarked;
