// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.ringwall.bpf.object.Release;
import org.ringwall.compiler.files.DiskFiles;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.ReadFiles;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.compiler.source.Span;

/** The compiler of policies. */
public final class Ringwall {
    private Ringwall() {}

    /** Returns the version of the compiler, such as {@code 1.2.0}. */
    public static String version() {
        return Release.VERSION;
    }

    /**
     * Compiles a policy file, with the files that it includes.
     *
     * @param policy the file. Diagnostics and the object name it as given here, so a path that is
     *     relative to the base of the options makes an object reproducible
     * @throws IOException if the policy cannot be read. An included file that cannot be read is a
     *     diagnostic
     */
    public static CompileResult compile(Path policy, Options options) throws IOException {
        String name = policy.toString().replace(policy.getFileSystem().getSeparator(), "/");
        return compile(name, Files.readAllBytes(options.base().resolve(policy)), options);
    }

    /**
     * Compiles the content of a policy file, such as one that was read from standard input.
     *
     * @param name the name for diagnostics. The paths that the policy includes are relative to its
     *     folder, and that is relative to the base of the options
     * @param content the text in UTF-8; other bytes are reported as a diagnostic
     */
    public static CompileResult compile(String name, byte[] content, Options options) {
        SourceFiles.Answer answer = DiskFiles.decoded(name, content, name, name);
        return answer instanceof SourceFiles.Answer.Refused refused
                ? unreadable(refused, name)
                : compile(((SourceFiles.Answer.Text) answer).file(), options);
    }

    /**
     * Compiles the text of a policy, such as the content of an editor.
     *
     * @param name the name for diagnostics. The paths that the policy includes are relative to its
     *     folder, and that is relative to the base of the options
     */
    public static CompileResult compile(String name, String text, Options options) {
        return compile(new SourceFile(name, text), options);
    }

    private static CompileResult compile(SourceFile source, Options options) {
        Settings settings = new Settings(
                options.targets().stream().map(Options::version).toList(), options.order(), options.params());
        SourceFiles files = new ReadFiles(new DiskFiles(options.base()));
        org.ringwall.compiler.pipeline.CompileResult result = Compiler.compile(source, files, settings);
        List<String> names = result.files().stream().map(SourceFile::name).toList();
        List<Path> inputs = Stream.concat(Stream.of(source.name()), names.stream())
                .flatMap(name -> path(options.base(), name).stream())
                .toList();
        return new CompileResult(
                Translation.diagnostics(result.diagnostics()),
                result.compilation().map(compilation -> new Policy(compilation, files, settings, inputs)),
                names);
    }

    /** Returns the path of an input; the name of a text need not be one. */
    private static Optional<Path> path(Path base, String name) {
        try {
            return Optional.of(base.resolve(name));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static CompileResult unreadable(SourceFiles.Answer.Refused refused, String name) {
        Span at = refused.place().orElseGet(() -> new SourceFile(name, "").span(0, 0));
        return new CompileResult(
                Translation.diagnostics(
                        List.of(org.ringwall.compiler.source.Diagnostic.of(refused.code(), at, refused.message())
                                .help(refused.help()))),
                Optional.empty(),
                List.of());
    }
}
