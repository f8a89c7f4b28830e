// SPDX-License-Identifier: Apache-2.0
/**
 * Declared state: files that say which policies are in force where, and what brings a host to it.
 *
 * <p>In: a directory of YAML files, objects, and the state of the host. Out: a result for each file,
 * after what was missing was applied. It does not know the command line, and changes a host through
 * {@link org.ringwall.loader.apply} only.
 */
@NullMarked
package org.ringwall.loader.sync;

import org.jspecify.annotations.NullMarked;
