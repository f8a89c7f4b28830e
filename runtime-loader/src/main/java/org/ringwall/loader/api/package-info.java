/**
 * The supported interface of the loader: reads policy objects, and puts them in force on this host.
 *
 * <p>The input is object files, paths of cgroups and options. The output is records of {@link
 * org.ringwall.loader.model}, from which the command prints too, or a {@link
 * org.ringwall.loader.model.LoaderException} that says what to do. docs/api.md introduces it by an
 * example, and docs/stability.md says which changes to expect. No method takes or returns null. The
 * package must not contain more than the translation between these records
 * and the loader, whose checks are those of the command {@code ringwall}.
 */
@NullMarked
package org.ringwall.loader.api;

import org.jspecify.annotations.NullMarked;
