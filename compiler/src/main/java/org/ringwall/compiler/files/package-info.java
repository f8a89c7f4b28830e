/**
 * The compiler's access to the file system: reads the files that a policy names, and writes
 * outputs.
 *
 * <p>In: the name of a file and a path in it, or an output. Out: a text, or the reason why there is
 * none. It must not know what a policy means, and overwrites only empty files and earlier outputs.
 */
@NullMarked
package org.ringwall.compiler.files;

import org.jspecify.annotations.NullMarked;
