// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.Ringwall;

/**
 * A cache of the results of the compiler, which the goals of one build share: `test`, `package` and
 * `check` need what `compile` has computed. A result is used again only while the policy and every
 * file that it includes have the same content. Results are held by soft references.
 */
final class Compilations {
    private record Key(Path file, Options options) {}

    private record Known(SoftReference<CompileResult> result, List<FileState> inputs) {}

    private final Map<Key, Known> known = new HashMap<>();

    /**
     * Compiles a policy.
     *
     * @param file its path, relative to the base of the options
     * @throws IOException if it cannot be read
     */
    CompileResult compile(Path file, Options options) throws IOException {
        Key key = new Key(file, options);
        Known before = known.get(key);
        CompileResult old = before == null ? null : valid(before);
        if (old != null) {
            return old;
        }
        CompileResult result = Ringwall.compile(file, options);
        if (result.policy().isPresent()) {
            Path base = options.base().toAbsolutePath();
            List<FileState> inputs =
                    new ArrayList<>(List.of(FileState.of(base.resolve(file).normalize())));
            for (String name : result.files()) {
                inputs.add(FileState.of(base.resolve(name).normalize()));
            }
            known.put(key, new Known(new SoftReference<>(result), inputs));
        }
        return result;
    }

    private static @Nullable CompileResult valid(Known known) throws IOException {
        for (FileState input : known.inputs) {
            // By content, because a file that changes soon after it was read can keep its time.
            if (!input.sameContent(0)) {
                return null;
            }
        }
        return known.result.get();
    }
}
