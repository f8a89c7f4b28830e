/**
 * Guards and the sets in them, with the names that a policy declares.
 *
 * <p>A guard that could be judged is typed; another leaves its errors in the findings.
 */
@NullMarked
package org.ringwall.compiler.sema.guard;

import org.jspecify.annotations.NullMarked;
