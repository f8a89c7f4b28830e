// SPDX-License-Identifier: Apache-2.0
/**
 * A benchmark of the command that reads records, on bursts of denials: checkout in, figures out. It
 * must not know how the loader works.
 */
@NullMarked
package org.ringwall.bench.events;

import org.jspecify.annotations.NullMarked;
