package ai.openlegion.runtime.process;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// The bytes of the files in a workspace, while its agent may be at work on them.
final class DiskUse extends SimpleFileVisitor<Path> {

    private long bytes;

    private DiskUse() {}

    static long of(Path folder) throws IOException {
        DiskUse use = new DiskUse();
        var _ = Files.walkFileTree(folder, use);
        return use.bytes;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        bytes += attributes.size();
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException gone) {
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException gone) {
        return FileVisitResult.CONTINUE;
    }
}
