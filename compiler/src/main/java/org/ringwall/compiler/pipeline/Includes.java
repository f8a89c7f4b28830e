// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.compiler.syntax.IncludeResult;
import org.ringwall.compiler.syntax.PolicyParser;

/**
 * The replacement of each `include` by the content of the file. A file that is included twice
 * counts once.
 */
final class Includes {
    /** The maximum depth of files that include one another. */
    static final int DEEPEST = 32;

    private final SourceFiles files;
    private final List<Diagnostic> diagnostics = new ArrayList<>();
    private final Set<String> done = new HashSet<>();
    private final Deque<Open> path = new ArrayDeque<>();

    /** A file that is being included, and the `include` that names it. */
    private record Open(String identity, String name, Item.Include by) {}

    Includes(SourceFiles files) {
        this.files = files;
    }

    /** Returns the errors in the files. */
    List<Diagnostic> diagnostics() {
        return List.copyOf(diagnostics);
    }

    /** Returns the policy with every declaration that it includes. */
    PolicyFile merge(PolicyFile policy) {
        List<Item> items = new ArrayList<>();
        policy.items().forEach(item -> add(item, items));
        return new PolicyFile(policy.monitored(), policy.name(), items, policy.span());
    }

    private void add(Item item, List<Item> items) {
        if (!(item instanceof Item.Include include)) {
            items.add(item);
            return;
        }
        SourceFile from = include.span().file();
        SourceFiles.Answer answer = files.read(from, include.path().value());
        if (answer instanceof SourceFiles.Answer.Refused refused) {
            diagnostics.add(refused.at(include.path().span()));
            return;
        }
        SourceFiles.Answer.Text text = (SourceFiles.Answer.Text) answer;
        if (path.stream().anyMatch(open -> open.identity.equals(text.identity()))) {
            circle(include, text);
        } else if (path.size() >= DEEPEST) {
            diagnostics.add(Diagnostic.of(
                            Code.INCLUDE_DEPTH,
                            include.path().span(),
                            "includes are nested more than %d levels deep here".formatted(DEEPEST))
                    .help("include the files directly from the policy"));
        } else if (done.add(text.identity())) {
            path.addLast(new Open(text.identity(), text.file().name(), include));
            IncludeResult parsed = PolicyParser.parseIncluded(text.file());
            diagnostics.addAll(parsed.diagnostics());
            parsed.items().forEach(inner -> add(inner, items));
            path.removeLast();
        }
    }

    private void circle(Item.Include closing, SourceFiles.Answer.Text file) {
        Diagnostic said = Diagnostic.of(
                        Code.INCLUDE_CYCLE,
                        closing.path().span(),
                        "`%s` includes itself".formatted(file.file().name()))
                .help("remove one of these includes, and move the shared declarations into a separate file");
        Iterator<Open> chain = path.iterator();
        Open open = chain.next();
        while (!open.identity.equals(file.identity())) {
            open = chain.next();
        }
        while (chain.hasNext()) {
            Open next = chain.next();
            said = said.note(next.by.path().span(), "`%s` includes `%s` here".formatted(open.name, next.name));
            open = next;
        }
        diagnostics.add(said);
    }
}
