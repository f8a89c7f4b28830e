/**
 * The files beside a policy, read from a disk. In: the name of a file and a path that stands in it. Out: a text, or why
 * there is none. It must not know what a file is for.
 */
@NullMarked
package org.ringwall.compiler.files;

import org.jspecify.annotations.NullMarked;
