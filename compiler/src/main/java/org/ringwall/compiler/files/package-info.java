/**
 * The compiler's access to the file system. Reads the files that a policy names: in, the name of a file and a path in it; out, a text,
 * or the reason why there is none. Writes outputs, and refuses to overwrite any file that is not an earlier output. It must not know
 * what a policy means.
 */
@NullMarked
package org.ringwall.compiler.files;

import org.jspecify.annotations.NullMarked;
