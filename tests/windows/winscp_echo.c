/* Stands in for WinSCP.exe: writes the command line it really got, in UTF-8, into "<itself>.said".
   With STAND_IN_SAYS set it also writes that to its standard output, if it was given one.
   With STAND_IN_STAYS set it then stays until "<itself>.go" is there. */
#include <windows.h>
#include <stdlib.h>

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE before, wchar_t *line, int show) {
    static wchar_t path[4096], part[4200], said[4200], go[4200];
    static char text[262144];
    DWORD written;
    GetModuleFileNameW(NULL, path, 4096);
    wsprintfW(part, L"%s.part", path);
    wsprintfW(said, L"%s.said", path);
    wsprintfW(go, L"%s.go", path);
    int size = WideCharToMultiByte(CP_UTF8, 0, GetCommandLineW(), -1, text, sizeof text, NULL, NULL);
    HANDLE file = CreateFileW(part, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, text, size - 1, &written, NULL);
    CloseHandle(file);
    MoveFileExW(part, said, MOVEFILE_REPLACE_EXISTING);
    DWORD length = GetEnvironmentVariableA("STAND_IN_SAYS", text, sizeof text);
    if (length) WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, length, &written, NULL);
    if (GetEnvironmentVariableW(L"STAND_IN_STAYS", said, 10))
        for (int i = 0; i < 3000 && GetFileAttributesW(go) == INVALID_FILE_ATTRIBUTES; i++) Sleep(10);
    return 0;
}
