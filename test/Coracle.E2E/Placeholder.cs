namespace Coracle.E2E;
