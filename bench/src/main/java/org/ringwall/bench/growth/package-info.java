/**
 * What compilation costs and how long programs become as policies of one shape grow.
 *
 * <p>Each {@link org.ringwall.bench.growth.Family} is a shape that users write by hand or generate.
 * A policy of size N consists of the first N parts of an endless list, so that sizes can be
 * compared.
 */
@NullMarked
package org.ringwall.bench.growth;

import org.jspecify.annotations.NullMarked;
