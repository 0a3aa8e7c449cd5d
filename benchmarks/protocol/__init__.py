"""What every study shares: tables, their splits, networks with known graphs, methods and how they are measured."""
