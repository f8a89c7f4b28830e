// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;

/**
 * A cache of the files that one compilation reads. Each is read once, and the same path has the
 * same answer.
 */
public final class ReadFiles implements SourceFiles {
    private final SourceFiles disk;
    private final Map<List<String>, Answer> answers = new HashMap<>();
    private final Map<String, Answer.Text> texts = new LinkedHashMap<>();

    /** Creates an empty cache of the files of {@code disk}. */
    public ReadFiles(SourceFiles disk) {
        this.disk = disk;
    }

    @Override
    public Answer read(SourceFile from, String path) {
        return answers.computeIfAbsent(List.of(from.name(), path), key -> first(from, path));
    }

    private Answer first(SourceFile from, String path) {
        Answer answer = disk.read(from, path);
        if (!(answer instanceof Answer.Text text)) {
            return answer;
        }
        return texts.computeIfAbsent(text.identity(), identity -> text);
    }

    /** Returns all files that could be read, in the order in which they were first named. */
    List<SourceFile> files() {
        Collection<Answer.Text> read = texts.values();
        return read.stream().map(Answer.Text::file).toList();
    }
}
